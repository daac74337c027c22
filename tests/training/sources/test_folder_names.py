"""Names of folders as they are found in people's libraries, and whether they say something."""

from __future__ import annotations

import unicodedata

import pytest

from engine.training.sources.folder_names import says_something


@pytest.mark.parametrize(
    "name",
    [
        *("100CANON", "101_PANA", "100MSDCF", "102APPLE", "DCIM", "Camera", "Camera Roll"),
        *("2021", "2021-05", "2021_05_17", "20210517", "05", "05 - May", "Mai 2021", "Août", "年"),
        *("WhatsApp Images", "WhatsApp Images Sent", "Telegram", "Screenshots", "Downloads"),
        *("New folder", "New folder (2)", "Neuer Ordner", "Nouveau dossier", "Nueva carpeta"),
        *("Nuova cartella", "Nova pasta", "Nowy folder", "Новая папка", "新しいフォルダー"),
        *("Untitled", "untitled folder", "Sans titre 3", "IMG_1234", "DSC", "P1010001"),
        *("Pictures", "My Pictures", "Eigene Bilder", "Mes images", "Mis imágenes", "Immagini"),
        *("Zdjęcia", "Фотографии", "写真", "图片", "사진", "Téléchargements", "iPhone 12"),
        *("Photos from 2019", "Google Photos", "Photos Library.photoslibrary", "originals"),
        *("0", "F", "a7", "ff", "d41d8cd98f00b204e9800998ecf8427e", "_", "(2)", "..."),
        *("550e8400-e29b-41d4-a716-446655440000", "550E8400-E29B-41D4-A716-446655440000"),
        *(
            "EOS_DIGITAL",
            "My Photo Stream",
            "Screen Recordings",
            "Favoriten",
            "@eaDir",
            "lost+found",
        ),
        *("Backup", "old", "Misc", "raw", "JPG", "edited", "thumbnails", "Samsung Galaxy S9"),
    ],
)
def test_cameras_programs_and_dates_name_folders_without_saying_anything(name: str) -> None:
    assert not says_something(name)
    assert not says_something(unicodedata.normalize("NFD", name))  # as macOS writes names


@pytest.mark.parametrize(
    "name",
    [
        *("Holiday Rome", "2021-05 Rome", "2021Rome", "Rome2021", "20210517_birthday", "beach"),
        *("Anna's wedding", "New York", "Photos of Grandma", "Urlaub 2019", "été à Nice"),
        *("Roll 12", "Свадьба", "京都", "결혼식", "St. Tropez", "LA", "cafe2021", "Camera obscura"),
        "Fachwerk\udcfcser",
    ],
)
def test_a_word_of_a_person_says_something(name: str) -> None:
    assert says_something(name)
