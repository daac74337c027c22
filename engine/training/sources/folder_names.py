"""Which names of folders say what is in them, and which a camera, a program or a date gave.

A name is taken apart into words. It says something if any word is left that is not listed here, no
number, and no mere letter: "2021-05 Rome" does; "Camera Roll (2)", "100CANON" and "Mai 2021" do
not.
"""

from __future__ import annotations

import re
import unicodedata


def _plain(text: str) -> str:
    """Lower case without accents, however they were encoded."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    """Runs of letters; digits, signs and undecodable bytes part them."""
    return re.findall(r"[^\W\d_]+", _plain(text))


# Folders of the DCF standard: three digits and five characters, as in 100CANON or 101_PANA, but not
# a year and a word of four letters, as in 2021Rome.
DCF = re.compile(r"(?!(?:19|20)\d\d[^\W\d_]{4})[1-9]\d\d\w{5}")
# Hashes and UUIDs that programs name folders by: hex digits with decimal ones among them.
HEX = re.compile(r"(?=.*\d)(?:[0-9a-f]{12,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
# Numbers in hex, and what is left of O'Brien's; of Latin letters only: one kanji is a word.
FRAGMENT = re.compile(r"[a-z]|[a-f]{2}|th|nd|st")

# Words that tell nothing of what photos show, alone or together, without accents or with.
PICTURES = """
    photo photos foto fotos fotografie fotografien fotografia fotografias picture pictures pic pics
    image images imagen imagenes immagine immagini imagem imagens bild bilder billeder bilde
    afbeelding afbeeldingen kuvat valokuvat obraz obrazy obrazky zdjecia zdjecie kepek resim
    resimler fotograflar εικόνες φωτογραφίες изображения фото фотографии картинки зображення
    画像 写真 ピクチャ 图片 照片 图像 圖片 相片 사진 그림 תמונות صور الصور
    album albums alben albumes gallery galerie galeria galleria media medien medias video videos
    screenshot screenshots screen capture captures recording recordings aufnahmen gif gifs animated
    live stream burst bursts recent recents favorites favourites favoriten favoris preferiti
    favoritos bildschirmfoto bildschirmfotos skarmbilder
    schermafbeelding schermafbeeldingen скриншоты スクリーンショット 截图 截圖 屏幕截图 스크린샷
    scan scans scanned scanner numerises raw raws cr nef arw dng jpg jpeg jpgs jpegs png heic tif
    tiff thumb thumbs thumbnails preview previews panorama pano
"""
DEVICES = """
    camera cameras kamera kameras camara appareil fotocamera cellulare
    камера カメラ 相机 相機 카메라
    handy handyfotos handybilder smartphone phone iphone ipad mobile mobil telefon telefono android
    samsung galaxy pixel huawei xiaomi redmi oneplus canon nikon sony olympus panasonic lumix fuji
    fujifilm pentax leica casio kodak eos coolpix powershot digital gopro dji
    dcim dcf misc private avchd sd sdcard card usb disk disc volume root
    img imgp dsc dscn dscf dscq pict mvi vid pxl mov gopr
"""
PROGRAMS = """
    whatsapp telegram signal viber messenger facebook instagram insta snapchat tiktok twitter wechat
    weixin pinterest tumblr reddit discord skype threema bluetooth airdrop
    dropbox onedrive icloud google googlephotos takeout drive nextcloud owncloud syncthing
    sync business booth lost found system information eadir
    picasa iphoto aperture lightroom photoshop darktable digikam photoslibrary library masters
    originals derivatives resources cache temp tmp trash recycle deleted
"""
HANDLING = """
    download downloads descargas scaricati telechargement telechargements transferencias pobrane
    stazene hamtade indirilenler загрузки ダウンロード 下载 下載 다운로드
    upload uploads received sent shared share inbox attachments
    import imports importe importiert imported importati importes export exports exporte exportiert
    exported original originale originaux originali edit edits edited bearbeitet modifie modifies
    editado editadas modificate retouched small large big web lowres hires highres resized
    copy copies kopie kopien copie copia backup backups sicherung sauvegarde archive archiv
    archives archivio archivo all saved my mine from old alt test
    various verschiedenes divers diverse diverses varios varie vario sonstiges sonstige other others
    andere autres otros miscellaneous sort sorted unsorted sortiert unsortiert
"""
FOLDERS = """
    folder folders ordner dossier dossiers carpeta carpetas cartella cartelle pasta pastas map mappe
    mapp katalog slozka klasor папка フォルダ フォルダー 文件夹 資料夾 폴더
    new neu neuer nouveau nouvelle nuevo nueva nuovo nuova novo nova nieuw nieuwe nowy ny новая
    新しい 新しいフォルダー 新建文件夹 untitled titre titulo titolo unbenannt unnamed unknown noname
    desktop documents dokumente
"""
DATES = """
    january february march april may june july august september october november december
    januar februar marz mai juni juli oktober dezember januari februari maart mei maj augusti
    augustus janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    janeiro fevereiro maio junho julho setembro outubro novembro dezembro
    январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
    jan feb mar apr jun jul aug sep sept oct okt nov dec dez 年 月 日 년 월 일
    today yesterday year month day jahr monat tag annee mois jour
"""
GENERIC = frozenset(_words(PICTURES + DEVICES + PROGRAMS + HANDLING + FOLDERS + DATES))
# Mean nothing beside one of those, and something alone: "Roll 12" is a film.
FILLERS = frozenset(
    _words(
        """
        roll of the and to with me meine eigene unsere mein mes mon les des de la le du mis mi los
        las del el miei mie di da os as do meus minhas minha mijn moje mina sans sin
        senza sem мои моя まとめ 我的
        """
    )
)


def says_something(name: str) -> bool:
    """Whether a folder of this name tells what its photos have in common."""
    plain = _plain(name).strip()
    if DCF.fullmatch(plain) or HEX.fullmatch(plain):
        return False
    words = [word for word in _words(plain) if not FRAGMENT.fullmatch(word)]
    if any(word not in GENERIC and word not in FILLERS for word in words):
        return True
    return bool(words) and all(word in FILLERS for word in words)
