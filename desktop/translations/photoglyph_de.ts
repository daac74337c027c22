<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>Photoglyph</name>
    <message>
      <source>Find similar</source>
      <translation>Ähnliche finden</translation>
    </message>
    <message>
      <source>More like this</source>
      <translation>Mehr davon</translation>
    </message>
    <message>
      <source>Not this</source>
      <translation>So nicht</translation>
    </message>
    <message>
      <source>Find similar to a part…</source>
      <translation>Ähnliche zu einem Teil finden…</translation>
    </message>
    <message>
      <source>Show in the tree</source>
      <translation>Im Baum zeigen</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Öffnen</translation>
    </message>
    <message>
      <source>Reveal in folder</source>
      <translation>Im Ordner zeigen</translation>
    </message>
    <message>
      <source>Copy path</source>
      <translation>Pfad kopieren</translation>
    </message>
    <message>
      <source>Copy file</source>
      <translation>Datei kopieren</translation>
    </message>
    <message>
      <source>Copy to folder…</source>
      <translation>In Ordner kopieren…</translation>
    </message>
    <message>
      <source>Copied so far</source>
      <translation>Bisher kopiert</translation>
    </message>
    <message>
      <source>Described so far</source>
      <translation>Bisher beschrieben</translation>
    </message>
    <message>
      <source>Parts described so far</source>
      <translation>Bisher beschriebene Teile</translation>
    </message>
    <message>
      <source>Photos</source>
      <translation>Fotos</translation>
    </message>
    <message>
      <source>Add folder…</source>
      <translation>Ordner hinzufügen…</translation>
    </message>
    <message>
      <source>Try with sample photos</source>
      <translation>Mit Beispielfotos ausprobieren</translation>
    </message>
    <message>
      <source>Open another image…</source>
      <translation>Anderes Bild öffnen…</translation>
    </message>
    <message>
      <source>Show the library</source>
      <translation>Bibliothek zeigen</translation>
    </message>
    <message>
      <source>Clear filters</source>
      <translation>Filter entfernen</translation>
    </message>
    <message>
      <source>Keyboard shortcuts</source>
      <translation>Tastenkürzel</translation>
    </message>
    <message>
      <source>Search with a part of the picture</source>
      <translation>Mit einem Teil des Bildes suchen</translation>
    </message>
    <message>
      <source>Search with this part</source>
      <translation>Mit diesem Teil suchen</translation>
    </message>
    <message>
      <source>Compare it with whole photos (Enter)</source>
      <translation>Mit ganzen Fotos vergleichen (Eingabe)</translation>
    </message>
    <message>
      <source>Find this part</source>
      <translation>Diesen Teil finden</translation>
    </message>
    <message>
      <source>Look for this part within photos, and see where it is (Ctrl+Enter)</source>
      <translation>Diesen Teil innerhalb von Fotos suchen und sehen, wo er ist (Strg+Eingabe)</translation>
    </message>
    <message>
      <source>Whole picture</source>
      <translation>Ganzes Bild</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Leave the query as it is (Esc)</source>
      <translation>Die Anfrage lassen, wie sie ist (Esc)</translation>
    </message>
    <message>
      <source>&amp;File</source>
      <translation>&amp;Datei</translation>
    </message>
    <message>
      <source>&amp;Go</source>
      <translation>&amp;Gehe zu</translation>
    </message>
    <message>
      <source>&amp;Photo</source>
      <translation>&amp;Foto</translation>
    </message>
    <message>
      <source>&amp;Browse</source>
      <translation>&amp;Blättern</translation>
    </message>
    <message>
      <source>&amp;View</source>
      <translation>&amp;Ansicht</translation>
    </message>
    <message>
      <source>Open image…</source>
      <translation>Bild öffnen…</translation>
    </message>
    <message>
      <source>Paste image</source>
      <translation>Bild einfügen</translation>
    </message>
    <message>
      <source>Add images to the query…</source>
      <translation>Bilder zur Suche hinzufügen…</translation>
    </message>
    <message>
      <source>Paste into the query</source>
      <translation>In die Suche einfügen</translation>
    </message>
    <message>
      <source>Export results…</source>
      <translation>Ergebnisse exportieren…</translation>
    </message>
    <message>
      <source>Save this search…</source>
      <translation>Diese Suche speichern…</translation>
    </message>
    <message>
      <source>Scan all folders again</source>
      <translation>Alle Ordner neu durchsuchen</translation>
    </message>
    <message>
      <source>Pause or resume indexing</source>
      <translation>Indexieren anhalten oder fortsetzen</translation>
    </message>
    <message>
      <source>Train on this library</source>
      <translation>Auf dieser Bibliothek trainieren</translation>
    </message>
    <message>
      <source>Tune the encoder too…</source>
      <translation>Auch den Encoder anpassen…</translation>
    </message>
    <message>
      <source>Pause or resume training</source>
      <translation>Training anhalten oder fortsetzen</translation>
    </message>
    <message>
      <source>Back</source>
      <translation>Zurück</translation>
    </message>
    <message>
      <source>Forward</source>
      <translation>Vorwärts</translation>
    </message>
    <message>
      <source>Search with a part…</source>
      <translation>Mit einem Teil suchen…</translation>
    </message>
    <message>
      <source>Look within photos, or at whole ones</source>
      <translation>Innerhalb von Fotos suchen oder ganze vergleichen</translation>
    </message>
    <message>
      <source>Undo in the query</source>
      <translation>In der Suche rückgängig machen</translation>
    </message>
    <message>
      <source>Clear the query</source>
      <translation>Suche verlassen</translation>
    </message>
    <message>
      <source>Filter…</source>
      <translation>Filtern…</translation>
    </message>
    <message>
      <source>Explore</source>
      <translation>Erkunden</translation>
    </message>
    <message>
      <source>By folders</source>
      <translation>Nach Ordnern</translation>
    </message>
    <message>
      <source>Time line</source>
      <translation>Zeitleiste</translation>
    </message>
    <message>
      <source>Duplicates</source>
      <translation>Duplikate</translation>
    </message>
    <message>
      <source>Search for duplicates</source>
      <translation>Nach Duplikaten suchen</translation>
    </message>
    <message>
      <source>Group: not the same</source>
      <translation>Gruppe: nicht dasselbe</translation>
    </message>
    <message>
      <source>Photo: not the same</source>
      <translation>Foto: nicht dasselbe</translation>
    </message>
    <message>
      <source>Take back “not the same”</source>
      <translation>„Nicht dasselbe“ zurücknehmen</translation>
    </message>
    <message>
      <source>Folders</source>
      <translation>Ordner</translation>
    </message>
    <message>
      <source>Details</source>
      <translation>Einzelheiten</translation>
    </message>
    <message>
      <source>Jobs</source>
      <translation>Aufgaben</translation>
    </message>
    <message>
      <source>Problems</source>
      <translation>Probleme</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelle</translation>
    </message>
    <message>
      <source>What you marked</source>
      <translation>Was Sie markiert haben</translation>
    </message>
    <message>
      <source>Sort by relevance</source>
      <translation>Nach Treffgenauigkeit ordnen</translation>
    </message>
    <message>
      <source>Sort by date</source>
      <translation>Nach Datum ordnen</translation>
    </message>
    <message>
      <source>Sort by folder</source>
      <translation>Nach Ordner ordnen</translation>
    </message>
    <message>
      <source>Stack near-duplicates</source>
      <translation>Fast gleiche stapeln</translation>
    </message>
    <message>
      <source>Larger thumbnails</source>
      <translation>Größere Vorschaubilder</translation>
    </message>
    <message>
      <source>Smaller thumbnails</source>
      <translation>Kleinere Vorschaubilder</translation>
    </message>
    <message>
      <source>Space</source>
      <translation>Leertaste</translation>
    </message>
    <message>
      <source>Enter</source>
      <translation>Eingabe</translation>
    </message>
    <message>
      <source>Backspace</source>
      <translation>Rücktaste</translation>
    </message>
    <message>
      <source>Show photos of the tile</source>
      <translation>Fotos der Kachel zeigen</translation>
    </message>
    <message>
      <source>Search within the tile</source>
      <translation>In der Kachel suchen</translation>
    </message>
    <message>
      <source>Find similar to the tile</source>
      <translation>Ähnliche wie die Kachel finden</translation>
    </message>
    <message>
      <source>Quick look</source>
      <translation>Schnellansicht</translation>
    </message>
    <message>
      <source>Up one level</source>
      <translation>Eine Ebene höher</translation>
    </message>
    <message>
      <source>Export the results</source>
      <translation>Die Ergebnisse exportieren</translation>
    </message>
    <message>
      <source>Export the duplicates</source>
      <translation>Die Duplikate exportieren</translation>
    </message>
    <message>
      <source>Table (*.csv)</source>
      <translation>Tabelle (*.csv)</translation>
    </message>
    <message>
      <source>JSON (*.json)</source>
      <translation>JSON (*.json)</translation>
    </message>
    <message>
      <source>Dismiss</source>
      <translation>Ausblenden</translation>
    </message>
    <message>
      <source>Search with a part of it (C)</source>
      <translation>Mit einem Teil davon suchen (C)</translation>
    </message>
    <message>
      <source>Clear the query (Esc)</source>
      <translation>Suche verlassen (Esc)</translation>
    </message>
    <message>
      <source>Search with this alone</source>
      <translation>Nur damit suchen</translation>
    </message>
    <message>
      <source>Remove from the query</source>
      <translation>Aus der Suche entfernen</translation>
    </message>
    <message>
      <source>Loss and recall over the steps</source>
      <translation>Verlust und Recall über die Schritte</translation>
    </message>
    <message>
      <source>Dates</source>
      <translation>Zeitraum</translation>
    </message>
    <message>
      <source>From</source>
      <translation>Von</translation>
    </message>
    <message>
      <source>Until</source>
      <translation>Bis</translation>
    </message>
    <message>
      <source>Show these days</source>
      <translation>Diese Tage zeigen</translation>
    </message>
    <message>
      <source>Query</source>
      <translation>Suchbild</translation>
    </message>
    <message>
      <source>The query's identifier</source>
      <translation>Kennung des Suchbilds</translation>
    </message>
    <message>
      <source>Why this matched</source>
      <translation>Warum dieses Foto passt</translation>
    </message>
    <message>
      <source>A part…</source>
      <translation>Ein Teil…</translation>
    </message>
    <message>
      <source>Find photos like a part of this one (Shift+F)</source>
      <translation>Fotos wie ein Teil von diesem finden (Umschalt+F)</translation>
    </message>
    <message>
      <source>Reveal</source>
      <translation>Anzeigen</translation>
    </message>
    <message>
      <source>Select a photo to see its details.</source>
      <translation>Wählen Sie ein Foto, um Einzelheiten zu sehen.</translation>
    </message>
    <message>
      <source>Folder</source>
      <translation>Ordner</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>Größe</translation>
    </message>
    <message>
      <source>Type</source>
      <translation>Typ</translation>
    </message>
    <message>
      <source>Taken</source>
      <translation>Aufgenommen</translation>
    </message>
    <message>
      <source>Camera</source>
      <translation>Kamera</translation>
    </message>
    <message>
      <source>Lens</source>
      <translation>Objektiv</translation>
    </message>
    <message>
      <source>Place</source>
      <translation>Ort</translation>
    </message>
    <message>
      <source>Rating</source>
      <translation>Bewertung</translation>
    </message>
    <message>
      <source>Raw files</source>
      <translation>Rohdateien</translation>
    </message>
    <message>
      <source>Where</source>
      <translation>Wo</translation>
    </message>
    <message>
      <source>Similarity</source>
      <translation>Ähnlichkeit</translation>
    </message>
    <message>
      <source>Log-probability</source>
      <translation>Log-Wahrscheinlichkeit</translation>
    </message>
    <message>
      <source>Identifier</source>
      <translation>Kennung</translation>
    </message>
    <message>
      <source>Kind of duplicates</source>
      <translation>Art der Duplikate</translation>
    </message>
    <message>
      <source>Search again</source>
      <translation>Neu suchen</translation>
    </message>
    <message>
      <source>Export list…</source>
      <translation>Liste exportieren …</translation>
    </message>
    <message>
      <source>Photos compared so far</source>
      <translation>Bisher verglichene Fotos</translation>
    </message>
    <message>
      <source>Filters</source>
      <translation>Filter</translation>
    </message>
    <message>
      <source>Filter</source>
      <translation>Filtern</translation>
    </message>
    <message>
      <source>Search among some of the photos (Ctrl+L)</source>
      <translation>Nur unter einigen Fotos suchen (Strg+L)</translation>
    </message>
    <message>
      <source>Orientation</source>
      <translation>Ausrichtung</translation>
    </message>
    <message>
      <source>Show the photos of a folder</source>
      <translation>Die Fotos eines Ordners zeigen</translation>
    </message>
    <message>
      <source>Date</source>
      <translation>Datum</translation>
    </message>
    <message>
      <source>A folder inside…</source>
      <translation>Ein Unterordner…</translation>
    </message>
    <message>
      <source>From and until…</source>
      <translation>Von und bis…</translation>
    </message>
    <message>
      <source>What to do with this folder</source>
      <translation>Was mit diesem Ordner geschehen soll</translation>
    </message>
    <message>
      <source>Scan this folder again</source>
      <translation>Diesen Ordner neu durchsuchen</translation>
    </message>
    <message>
      <source>Show in file manager</source>
      <translation>In der Dateiverwaltung zeigen</translation>
    </message>
    <message>
      <source>Remove from library…</source>
      <translation>Aus der Bibliothek entfernen…</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>Fortsetzen</translation>
    </message>
    <message>
      <source>Pause</source>
      <translation>Pausieren</translation>
    </message>
    <message>
      <source>Add a folder (Ctrl+Shift+O)</source>
      <translation>Ordner hinzufügen (Strg+Umschalt+O)</translation>
    </message>
    <message>
      <source>Scan all folders again (F5)</source>
      <translation>Alle Ordner neu durchsuchen (F5)</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Entfernen</translation>
    </message>
    <message>
      <source>Cancel indexing</source>
      <translation>Indexierung abbrechen</translation>
    </message>
    <message>
      <source>Work</source>
      <translation>Arbeit</translation>
    </message>
    <message>
      <source>State</source>
      <translation>Zustand</translation>
    </message>
    <message>
      <source>Done</source>
      <translation>Fertig</translation>
    </message>
    <message>
      <source>Tries</source>
      <translation>Versuche</translation>
    </message>
    <message>
      <source>Last error</source>
      <translation>Letzter Fehler</translation>
    </message>
    <message>
      <source>Up one level (Backspace)</source>
      <translation>Eine Ebene höher (Rücktaste)</translation>
    </message>
    <message>
      <source>Jump to a year</source>
      <translation>Zu einem Jahr springen</translation>
    </message>
    <message>
      <source>Show photos</source>
      <translation>Fotos zeigen</translation>
    </message>
    <message>
      <source>All photos of this level</source>
      <translation>Alle Fotos dieser Ebene</translation>
    </message>
    <message>
      <source>Search within this</source>
      <translation>Hierin suchen</translation>
    </message>
    <message>
      <source>Search by</source>
      <translation>Suchen nach</translation>
    </message>
    <message>
      <source>Marks</source>
      <translation>Markierungen</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>Löschen</translation>
    </message>
    <message>
      <source>Delete all…</source>
      <translation>Alle löschen…</translation>
    </message>
    <message>
      <source>Photo</source>
      <translation>Foto</translation>
    </message>
    <message>
      <source>Mark</source>
      <translation>Markierung</translation>
    </message>
    <message>
      <source>Belongs with</source>
      <translation>Gehört zu</translation>
    </message>
    <message>
      <source>When</source>
      <translation>Wann</translation>
    </message>
    <message>
      <source>Trained models</source>
      <translation>Trainierte Modelle</translation>
    </message>
    <message>
      <source>Use this model</source>
      <translation>Dieses Modell verwenden</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modell</translation>
    </message>
    <message>
      <source>Trained</source>
      <translation>Trainiert</translation>
    </message>
    <message>
      <source>Recall@1</source>
      <translation>Recall@1</translation>
    </message>
    <message>
      <source>Recall@10</source>
      <translation>Recall@10</translation>
    </message>
    <message>
      <source>Files that could not be used</source>
      <translation>Nicht verwendbare Dateien</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Noch einmal versuchen</translation>
    </message>
    <message>
      <source>Ignore until it changes</source>
      <translation>Ignorieren, bis sie sich ändert</translation>
    </message>
    <message>
      <source>Ignore no longer</source>
      <translation>Nicht mehr ignorieren</translation>
    </message>
    <message>
      <source>Show ignored</source>
      <translation>Ignorierte zeigen</translation>
    </message>
    <message>
      <source>Ignore</source>
      <translation>Ignorieren</translation>
    </message>
    <message>
      <source>Try all again</source>
      <translation>Alle noch einmal versuchen</translation>
    </message>
    <message>
      <source>File</source>
      <translation>Datei</translation>
    </message>
    <message>
      <source>Reason</source>
      <translation>Grund</translation>
    </message>
    <message>
      <source>Last tried</source>
      <translation>Zuletzt versucht</translation>
    </message>
    <message>
      <source>Keep</source>
      <translation>Behalten</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Anhalten</translation>
    </message>
    <message>
      <source>Go on</source>
      <translation>Weiter</translation>
    </message>
    <message>
      <source>Saved</source>
      <translation>Gespeichert</translation>
    </message>
    <message>
      <source>Recent</source>
      <translation>Zuletzt</translation>
    </message>
    <message>
      <source>Searches</source>
      <translation>Suchen</translation>
    </message>
    <message>
      <source>Save this search (Ctrl+S)</source>
      <translation>Diese Suche speichern (Strg+S)</translation>
    </message>
    <message>
      <source>Name…</source>
      <translation>Benennen…</translation>
    </message>
    <message>
      <source>No longer saved</source>
      <translation>Nicht mehr speichern</translation>
    </message>
    <message>
      <source>Delete…</source>
      <translation>Löschen…</translation>
    </message>
    <message>
      <source>Sort by</source>
      <translation>Ordnen nach</translation>
    </message>
    <message>
      <source>Show what is being done (Ctrl+J)</source>
      <translation>Zeigen, was getan wird (Strg+J)</translation>
    </message>
    <message>
      <source>Pause indexing</source>
      <translation>Indexierung pausieren</translation>
    </message>
    <message>
      <source>Indexing progress</source>
      <translation>Fortschritt der Indexierung</translation>
    </message>
    <message>
      <source>Size of the thumbnails (Ctrl+Plus, Ctrl+Minus)</source>
      <translation>Größe der Vorschaubilder (Strg+Plus, Strg+Minus)</translation>
    </message>
    <message>
      <source>Size of the thumbnails</source>
      <translation>Größe der Vorschaubilder</translation>
    </message>
    <message>
      <source>Resume indexing</source>
      <translation>Indexierung fortsetzen</translation>
    </message>
    <message>
      <source>Folders (Ctrl+B)</source>
      <translation>Ordner (Strg+B)</translation>
    </message>
    <message>
      <source>Back (Alt+Left)</source>
      <translation>Zurück (Alt+Links)</translation>
    </message>
    <message>
      <source>Forward (Alt+Right)</source>
      <translation>Vorwärts (Alt+Rechts)</translation>
    </message>
    <message>
      <source>Details (I)</source>
      <translation>Einzelheiten (I)</translation>
    </message>
    <message>
      <source>Training</source>
      <translation>Training</translation>
    </message>
    <message>
      <source>Training progress</source>
      <translation>Fortschritt des Trainings</translation>
    </message>
    <message>
      <source>Train on this library…</source>
      <translation>Auf dieser Bibliothek trainieren…</translation>
    </message>
    <message>
      <source>Use the new one</source>
      <translation>Das neue verwenden</translation>
    </message>
    <message>
      <source>Keep the old one</source>
      <translation>Das alte behalten</translation>
    </message>
    <message>
      <source>Not now</source>
      <translation>Nicht jetzt</translation>
    </message>
    <message>
      <source>Jobs and problems</source>
      <translation>Aufgaben und Probleme</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>Schließen</translation>
    </message>
    <message>
      <source>Choose an image to search with (Ctrl+O)</source>
      <translation>Ein Bild für die Suche wählen (Strg+O)</translation>
    </message>
    <message>
      <source>Clear the recent searches…</source>
      <translation>Letzte Suchen löschen…</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>Einstellungen</translation>
    </message>
    <message>
      <source>Open the window again</source>
      <translation>Fenster neu öffnen</translation>
    </message>
    <message>
      <source>Library</source>
      <translation>Bibliothek</translation>
    </message>
    <message>
      <source>Choose another…</source>
      <translation>Andere wählen…</translation>
    </message>
    <message>
      <source>Choose another library…</source>
      <translation>Andere Bibliothek wählen…</translation>
    </message>
    <message>
      <source>On disk</source>
      <translation>Auf dem Datenträger</translation>
    </message>
    <message>
      <source>Photos are read by</source>
      <translation>Fotos werden gelesen von</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>Gerät</translation>
    </message>
    <message>
      <source>Run on</source>
      <translation>Ausführen auf</translation>
    </message>
    <message>
      <source>Work in the background</source>
      <translation>Arbeit im Hintergrund</translation>
    </message>
    <message>
      <source>Power</source>
      <translation>Stromversorgung</translation>
    </message>
    <message>
      <source>Look for new photos</source>
      <translation>Nach neuen Fotos sehen</translation>
    </message>
    <message>
      <source>Time of day</source>
      <translation>Tageszeit</translation>
    </message>
    <message>
      <source>Begin of the night</source>
      <translation>Beginn der Nacht</translation>
    </message>
    <message>
      <source>End of the night</source>
      <translation>Ende der Nacht</translation>
    </message>
    <message>
      <source>Window</source>
      <translation>Fenster</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>Sprache</translation>
    </message>
    <message>
      <source>Theme</source>
      <translation>Design</translation>
    </message>
    <message>
      <source>Memory for thumbnails</source>
      <translation>Speicher für Vorschaubilder</translation>
    </message>
    <message>
      <source>The graphics card where there is one</source>
      <translation>Grafikkarte, falls vorhanden</translation>
    </message>
    <message>
      <source>The processor only</source>
      <translation>Nur Prozessor</translation>
    </message>
    <message>
      <source>Always</source>
      <translation>Immer</translation>
    </message>
    <message>
      <source>Only when plugged in</source>
      <translation>Nur am Netz</translation>
    </message>
    <message>
      <source>At any time</source>
      <translation>Jederzeit</translation>
    </message>
    <message>
      <source>Only at night</source>
      <translation>Nur nachts</translation>
    </message>
    <message>
      <source>from</source>
      <translation>von</translation>
    </message>
    <message>
      <source>to</source>
      <translation>bis</translation>
    </message>
    <message>
      <source>What you start yourself always runs at once.</source>
      <translation>Was Sie selbst starten, läuft immer sofort.</translation>
    </message>
    <message>
      <source>As the system</source>
      <translation>Wie das System</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>Hell</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>Dunkel</translation>
    </message>
    <message>
      <source>Search with an image</source>
      <translation>Mit einem Bild suchen</translation>
    </message>
    <message>
      <source>Add images to the query</source>
      <translation>Bilder zur Suche hinzufügen</translation>
    </message>
    <message>
      <source>Add a folder with photos</source>
      <translation>Einen Ordner mit Fotos hinzufügen</translation>
    </message>
    <message>
      <source>Images</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <source>All files</source>
      <translation>Alle Dateien</translation>
    </message>
    <message>
      <source>Ways to look at the library</source>
      <translation>Ansichten der Bibliothek</translation>
    </message>
    <message>
      <source>Show from the beginning</source>
      <translation>Von vorn zeigen</translation>
    </message>
    <message>
      <source>Add to the menu of applications</source>
      <translation>Ins Anwendungsmenü aufnehmen</translation>
    </message>
    <message>
      <source>Choose a library folder</source>
      <translation>Einen Bibliotheksordner wählen</translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation>&amp;Hilfe</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>Beenden</translation>
    </message>
    <message>
      <source>System theme</source>
      <translation>Design des Systems</translation>
    </message>
    <message>
      <source>Light theme</source>
      <translation>Helles Design</translation>
    </message>
    <message>
      <source>Dark theme</source>
      <translation>Dunkles Design</translation>
    </message>
    <message>
      <source>Recent searches</source>
      <translation>Letzte Suchen</translation>
    </message>
    <message>
      <source>Settings…</source>
      <translation>Einstellungen…</translation>
    </message>
    <message>
      <source>Your library</source>
      <translation>Ihre Bibliothek</translation>
    </message>
    <message>
      <source>Every photo has a place of its own.</source>
      <translation>Jedes Foto hat einen eigenen Platz.</translation>
    </message>
    <message>
      <source>Searching…</source>
      <translation>Suche läuft…</translation>
    </message>
    <message>
      <source>Reading the library…</source>
      <translation>Die Bibliothek wird gelesen…</translation>
    </message>
    <message>
      <source>Photos that are nearly the same share one place.</source>
      <translation>Fast gleiche Fotos teilen sich einen Platz.</translation>
    </message>
    <message>
      <source>Nothing to search yet</source>
      <translation>Noch nichts zu durchsuchen</translation>
    </message>
    <message>
      <source>Add a folder with photos, and they can be found a moment later.</source>
      <translation>Fügen Sie einen Ordner mit Fotos hinzu; einen Augenblick später sind sie zu finden.</translation>
    </message>
    <message>
      <source>generative search</source>
      <translation>generative Suche</translation>
    </message>
    <message>
      <source>exact search</source>
      <translation>exakte Suche</translation>
    </message>
    <message>
      <source>search</source>
      <translation>Suche</translation>
    </message>
    <message numerus="yes">
      <source>the best {n} photos</source>
      <translation>
        <numerusform>das beste {n} Foto</numerusform>
        <numerusform>die besten {n} Fotos</numerusform>
      </translation>
    </message>
    <message>
      <source>searched {n}</source>
      <translation>{n} durchsucht</translation>
    </message>
    <message>
      <source>Photos like {name}</source>
      <translation>Fotos wie {name}</translation>
    </message>
    <message>
      <source>Nothing found</source>
      <translation>Nichts gefunden</translation>
    </message>
    <message>
      <source>The first photos are being indexed; the search is repeated by itself.</source>
      <translation>Die ersten Fotos werden indexiert; die Suche wird von selbst wiederholt.</translation>
    </message>
    <message>
      <source>{ms} ms</source>
      <translation>{ms} ms</translation>
    </message>
    <message>
      <source>searched the {n} of {all} that are indexed so far</source>
      <translation>{n} von {all} durchsucht, so viele sind bisher indexiert</translation>
    </message>
    <message>
      <source>{name}, found within photos</source>
      <translation>{name}, innerhalb von Fotos gefunden</translation>
    </message>
    <message>
      <source>Photos like this: {name}</source>
      <translation>Fotos wie dieses Stück: {name}</translation>
    </message>
    <message>
      <source>some of {photos}</source>
      <translation>einige von {photos}</translation>
    </message>
    <message>
      <source>None of the {n} searchable photos came up for this image.</source>
      <translation>Keines der {n} durchsuchbaren Fotos passt zu diesem Bild.</translation>
    </message>
    <message>
      <source>All photos</source>
      <translation>Alle Fotos</translation>
    </message>
    <message numerus="yes">
      <source>{n} parts</source>
      <translation>
        <numerusform>{n} Zweig</numerusform>
        <numerusform>{n} Zweige</numerusform>
      </translation>
    </message>
    <message>
      <source>All folders</source>
      <translation>Alle Ordner</translation>
    </message>
    <message numerus="yes">
      <source>{n} photos lie right in this folder: “Show photos” shows them with all the others.</source>
      <translation>
        <numerusform>{n} Foto liegt direkt in diesem Ordner: „Fotos zeigen“ zeigt es mit allen anderen.</numerusform>
        <numerusform>{n} Fotos liegen direkt in diesem Ordner: „Fotos zeigen“ zeigt sie mit allen anderen.</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} photos do not say when they were taken.</source>
      <translation>
        <numerusform>{n} Foto sagt nicht, wann es aufgenommen wurde.</numerusform>
        <numerusform>{n} Fotos sagen nicht, wann sie aufgenommen wurden.</numerusform>
      </translation>
    </message>
    <message>
      <source>Nothing to show here</source>
      <translation>Hier ist nichts zu zeigen</translation>
    </message>
    <message>
      <source>Choose a tile in Explore, Folders or the time line first.</source>
      <translation>Wählen Sie zuerst eine Kachel unter Erkunden, Ordner oder Zeitleiste.</translation>
    </message>
    <message>
      <source>Select the photo to show in the tree first.</source>
      <translation>Wählen Sie zuerst das Foto aus, das im Baum gezeigt werden soll.</translation>
    </message>
    <message>
      <source>The library was trained again: its tree is another one, and the part that was shown is no longer a filter.</source>
      <translation>Die Bibliothek wurde neu trainiert: Ihr Baum ist ein anderer, und der gezeigte Zweig ist kein Filter mehr.</translation>
    </message>
    <message numerus="yes">
      <source>{n} folders</source>
      <translation>
        <numerusform>{n} Ordner</numerusform>
        <numerusform>{n} Ordner</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} months</source>
      <translation>
        <numerusform>{n} Monat</numerusform>
        <numerusform>{n} Monate</numerusform>
      </translation>
    </message>
    <message>
      <source>There is no tree yet</source>
      <translation>Noch gibt es keinen Baum</translation>
    </message>
    <message>
      <source>Training sorts the photos into a tree, from coarse to fine.</source>
      <translation>Das Training ordnet die Fotos zu einem Baum, vom Groben zum Feinen.</translation>
    </message>
    <message>
      <source>Part {codes}</source>
      <translation>Zweig {codes}</translation>
    </message>
    <message numerus="yes">
      <source>{n} files</source>
      <translation>
        <numerusform>{n} Datei</numerusform>
        <numerusform>{n} Dateien</numerusform>
      </translation>
    </message>
    <message>
      <source>Best</source>
      <translation>Am besten</translation>
    </message>
    <message>
      <source>Duplicates and bursts</source>
      <translation>Duplikate und Serien</translation>
    </message>
    <message numerus="yes">
      <source>{n} groups</source>
      <translation>
        <numerusform>{n} Gruppe</numerusform>
        <numerusform>{n} Gruppen</numerusform>
      </translation>
    </message>
    <message>
      <source>nothing is deleted</source>
      <translation>nichts wird gelöscht</translation>
    </message>
    <message>
      <source>The search for duplicates did not work</source>
      <translation>Die Suche nach Duplikaten ist misslungen</translation>
    </message>
    <message>
      <source>The library has changed since: search again to see it as it is now.</source>
      <translation>Die Bibliothek hat sich seither geändert: Suchen Sie noch einmal, um sie zu sehen, wie sie jetzt ist.</translation>
    </message>
    <message>
      <source>These photos are no duplicates of each other: that is remembered.</source>
      <translation>Diese Fotos sind keine Duplikate voneinander: Das ist vermerkt.</translation>
    </message>
    <message>
      <source>That was taken back: they may be duplicates after all.</source>
      <translation>Das wurde zurückgenommen: Sie können doch Duplikate sein.</translation>
    </message>
    <message>
      <source>There is no verdict on duplicates to take back.</source>
      <translation>Es gibt kein Urteil über Duplikate, das zurückzunehmen wäre.</translation>
    </message>
    <message>
      <source>These files are the same, byte for byte: there is nothing to tell apart.</source>
      <translation>Diese Dateien sind Byte für Byte gleich: Da ist nichts zu unterscheiden.</translation>
    </message>
    <message>
      <source>Select a photo of the group in Duplicates first.</source>
      <translation>Wählen Sie zuerst unter Duplikate ein Foto der Gruppe aus.</translation>
    </message>
    <message>
      <source>Search for duplicates first: what is exported is the list of groups.</source>
      <translation>Suchen Sie zuerst nach Duplikaten: Exportiert wird die Liste der Gruppen.</translation>
    </message>
    <message numerus="yes">
      <source>{n} groups written to</source>
      <translation>
        <numerusform>{n} Gruppe geschrieben nach</numerusform>
        <numerusform>{n} Gruppen geschrieben nach</numerusform>
      </translation>
    </message>
    <message>
      <source>All kinds</source>
      <translation>Alle Arten</translation>
    </message>
    <message>
      <source>Find duplicates and bursts</source>
      <translation>Duplikate und Serien finden</translation>
    </message>
    <message>
      <source>Copies, other sizes and formats, edits and bursts are put in groups, the best first. Nothing is deleted.</source>
      <translation>Kopien, andere Größen und Formate, Bearbeitungen und Serien werden zu Gruppen, das beste Foto zuerst. Nichts wird gelöscht.</translation>
    </message>
    <message>
      <source>Looking for duplicates…</source>
      <translation>Duplikate werden gesucht …</translation>
    </message>
    <message>
      <source>You can go on searching meanwhile. Nothing is deleted.</source>
      <translation>Sie können inzwischen weiter suchen. Nichts wird gelöscht.</translation>
    </message>
    <message>
      <source>No duplicates</source>
      <translation>Keine Duplikate</translation>
    </message>
    <message>
      <source>No two photos of this library are the same, or nearly so.</source>
      <translation>Keine zwei Fotos dieser Bibliothek sind gleich oder fast gleich.</translation>
    </message>
    <message>
      <source>Comparing photos…</source>
      <translation>Fotos werden verglichen …</translation>
    </message>
    <message>
      <source>This photo is no duplicate of the others: that is remembered.</source>
      <translation>Dieses Foto ist kein Duplikat der anderen: Das ist vermerkt.</translation>
    </message>
    <message>
      <source>Same file</source>
      <translation>Dieselbe Datei</translation>
    </message>
    <message>
      <source>Same picture</source>
      <translation>Dasselbe Bild</translation>
    </message>
    <message>
      <source>Edits of one picture</source>
      <translation>Bearbeitungen eines Bildes</translation>
    </message>
    <message>
      <source>Burst</source>
      <translation>Serie</translation>
    </message>
    <message>
      <source>best: {name} ({reason})</source>
      <translation>am besten: {name} ({reason})</translation>
    </message>
    <message>
      <source>Compared {done} of {total} photos</source>
      <translation>{done} von {total} Fotos verglichen</translation>
    </message>
    <message>
      <source>{photo}, the best of its group</source>
      <translation>{photo}, das beste seiner Gruppe</translation>
    </message>
    <message>
      <source>These photos cannot be shown</source>
      <translation>Diese Fotos lassen sich nicht zeigen</translation>
    </message>
    <message>
      <source>Relevance</source>
      <translation>Treffgenauigkeit</translation>
    </message>
    <message>
      <source>No photos pass these filters</source>
      <translation>Keine Fotos passen zu diesen Filtern</translation>
    </message>
    <message>
      <source>Take one of them away, or all.</source>
      <translation>Entfernen Sie einen davon, oder alle.</translation>
    </message>
    <message>
      <source>Landscape</source>
      <translation>Querformat</translation>
    </message>
    <message>
      <source>Portrait</source>
      <translation>Hochformat</translation>
    </message>
    <message>
      <source>Square</source>
      <translation>Quadrat</translation>
    </message>
    <message>
      <source>Remove the filter {filter}</source>
      <translation>Den Filter {filter} entfernen</translation>
    </message>
    <message>
      <source>from {day}</source>
      <translation>ab {day}</translation>
    </message>
    <message>
      <source>until {day}</source>
      <translation>bis {day}</translation>
    </message>
    <message>
      <source>{stars} and more</source>
      <translation>{stars} und mehr</translation>
    </message>
    <message>
      <source>Stopping…</source>
      <translation>Wird angehalten…</translation>
    </message>
    <message numerus="yes">
      <source>{n} problems</source>
      <translation>
        <numerusform>{n} Problem</numerusform>
        <numerusform>{n} Probleme</numerusform>
      </translation>
    </message>
    <message>
      <source>not connected</source>
      <translation>nicht verbunden</translation>
    </message>
    <message>
      <source>connected</source>
      <translation>verbunden</translation>
    </message>
    <message>
      <source>Preparing the model</source>
      <translation>Modell vorbereiten</translation>
    </message>
    <message>
      <source>Scanning</source>
      <translation>Durchsuchen</translation>
    </message>
    <message>
      <source>Indexing</source>
      <translation>Indexieren</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>Starten</translation>
    </message>
    <message>
      <source>Reading the library</source>
      <translation>Bibliothek lesen</translation>
    </message>
    <message>
      <source>Finding the space</source>
      <translation>Raum bestimmen</translation>
    </message>
    <message>
      <source>Finding neighbours</source>
      <translation>Nachbarn suchen</translation>
    </message>
    <message>
      <source>Weighing labels</source>
      <translation>Labels gewichten</translation>
    </message>
    <message>
      <source>Preparing views</source>
      <translation>Ansichten vorbereiten</translation>
    </message>
    <message>
      <source>Tuning the encoder</source>
      <translation>Encoder anpassen</translation>
    </message>
    <message>
      <source>Exporting and checking the encoder</source>
      <translation>Encoder exportieren und prüfen</translation>
    </message>
    <message>
      <source>Reading photos again</source>
      <translation>Fotos neu lesen</translation>
    </message>
    <message>
      <source>Learning what is alike</source>
      <translation>Lernen, was sich ähnelt</translation>
    </message>
    <message>
      <source>Fitting the tokenizer</source>
      <translation>Tokenizer anpassen</translation>
    </message>
    <message>
      <source>Training the decoder</source>
      <translation>Decoder trainieren</translation>
    </message>
    <message>
      <source>Checking on held-out views</source>
      <translation>Prüfen an zurückgehaltenen Ansichten</translation>
    </message>
    <message>
      <source>Exporting</source>
      <translation>Exportieren</translation>
    </message>
    <message>
      <source>Publishing</source>
      <translation>Veröffentlichen</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>GPU</source>
      <translation>GPU</translation>
    </message>
    <message>
      <source>nothing has changed in the folders</source>
      <translation>in den Ordnern hat sich nichts geändert</translation>
    </message>
    <message>
      <source>What to do with {name}</source>
      <translation>Was mit {name} geschehen soll</translation>
    </message>
    <message>
      <source>Paused</source>
      <translation>Pausiert</translation>
    </message>
    <message>
      <source>Connect the drive that holds {path}</source>
      <translation>Verbinden Sie das Laufwerk, auf dem {path} liegt</translation>
    </message>
    <message>
      <source>Indexing of {name}</source>
      <translation>Indexierung von {name}</translation>
    </message>
    <message>
      <source>Waits for its turn</source>
      <translation>Wartet, bis die Reihe daran ist</translation>
    </message>
    <message>
      <source>Failed</source>
      <translation>Fehlgeschlagen</translation>
    </message>
    <message>
      <source>{n} of {all}</source>
      <translation>{n} von {all}</translation>
    </message>
    <message>
      <source>Remove “{name}” from the library? The photos stay where they are.</source>
      <translation>„{name}“ aus der Bibliothek entfernen? Die Fotos bleiben, wo sie sind.</translation>
    </message>
    <message numerus="yes">
      <source>{n} photos indexed</source>
      <translation>
        <numerusform>{n} Foto indexiert</numerusform>
        <numerusform>{n} Fotos indexiert</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} moved</source>
      <translation>
        <numerusform>{n} verschoben</numerusform>
        <numerusform>{n} verschoben</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} removed</source>
      <translation>
        <numerusform>{n} entfernt</numerusform>
        <numerusform>{n} entfernt</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} files skipped</source>
      <translation>
        <numerusform>{n} Datei übersprungen</numerusform>
        <numerusform>{n} Dateien übersprungen</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} offline</source>
      <translation>
        <numerusform>{n} nicht verbunden</numerusform>
        <numerusform>{n} nicht verbunden</numerusform>
      </translation>
    </message>
    <message>
      <source>{what} in {t}</source>
      <translation>{what} in {t}</translation>
    </message>
    <message>
      <source>Connect to the network to reach {path}</source>
      <translation>Verbinden Sie sich mit dem Netzwerk, um {path} zu erreichen</translation>
    </message>
    <message>
      <source>Connect the drive “{name}”</source>
      <translation>Verbinden Sie das Laufwerk „{name}“</translation>
    </message>
    <message>
      <source>{n} searchable</source>
      <translation>{n} durchsuchbar</translation>
    </message>
    <message>
      <source>{n} to go</source>
      <translation>noch {n}</translation>
    </message>
    <message>
      <source>changes are looked for when it is plugged in</source>
      <translation>nach Änderungen wird am Stromnetz gesehen</translation>
    </message>
    <message>
      <source>changes are looked for at night</source>
      <translation>nach Änderungen wird nachts gesehen</translation>
    </message>
    <message>
      <source>{n}/s</source>
      <translation>{n}/s</translation>
    </message>
    <message>
      <source>{t} left</source>
      <translation>noch {t}</translation>
    </message>
    <message>
      <source>{n} not indexed yet</source>
      <translation>{n} noch nicht indexiert</translation>
    </message>
    <message numerus="yes">
      <source>{n} marks, kept for the next training.</source>
      <translation>
        <numerusform>{n} Markierung, aufbewahrt für das nächste Training.</numerusform>
        <numerusform>{n} Markierungen, aufbewahrt für das nächste Training.</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>Delete all {n} marks? The next training will not know of them.</source>
      <translation>
        <numerusform>{n} Markierung löschen? Das nächste Training weiß dann nichts davon.</numerusform>
        <numerusform>Alle {n} Markierungen löschen? Das nächste Training weiß dann nichts davon.</numerusform>
      </translation>
    </message>
    <message>
      <source>An image from elsewhere</source>
      <translation>Ein Bild von anderswo</translation>
    </message>
    <message>
      <source>Nothing is marked: + and - mark the photos of an answer.</source>
      <translation>Nichts ist markiert: + und - markieren die Fotos einer Antwort.</translation>
    </message>
    <message>
      <source>No longer in the library</source>
      <translation>Nicht mehr in der Bibliothek</translation>
    </message>
    <message>
      <source>Search first: what is exported is the list of results.</source>
      <translation>Suchen Sie zuerst: Exportiert wird die Liste der Ergebnisse.</translation>
    </message>
    <message numerus="yes">
      <source>{n} results written to</source>
      <translation>
        <numerusform>{n} Ergebnis geschrieben nach</numerusform>
        <numerusform>{n} Ergebnisse geschrieben nach</numerusform>
      </translation>
    </message>
    <message>
      <source>Select the photos to copy first.</source>
      <translation>Wählen Sie zuerst die Fotos aus, die kopiert werden sollen.</translation>
    </message>
    <message>
      <source>Photos are being copied already: wait for them, or stop them.</source>
      <translation>Es werden schon Fotos kopiert: Warten Sie darauf, oder halten Sie es an.</translation>
    </message>
    <message numerus="yes">
      <source>Copy {n} photos to…</source>
      <translation>
        <numerusform>{n} Foto kopieren nach…</numerusform>
        <numerusform>{n} Fotos kopieren nach…</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} photos copied to</source>
      <translation>
        <numerusform>{n} Foto kopiert nach</numerusform>
        <numerusform>{n} Fotos kopiert nach</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} were left out:</source>
      <translation>
        <numerusform>{n} wurde ausgelassen:</numerusform>
        <numerusform>{n} wurden ausgelassen:</numerusform>
      </translation>
    </message>
    <message>
      <source>Copying {name} ({done} of {total})</source>
      <translation>{name} wird kopiert ({done} von {total})</translation>
    </message>
    <message>
      <source>No confident match: the closest anyway</source>
      <translation>Kein sicherer Treffer: trotzdem am nächsten</translation>
    </message>
    <message>
      <source>More like these</source>
      <translation>Mehr davon</translation>
    </message>
    <message>
      <source>The closest to what you want</source>
      <translation>Was dem Gewünschten am nächsten kommt</translation>
    </message>
    <message numerus="yes">
      <source>{n} more that are nearly the same</source>
      <translation>
        <numerusform>{n} weiteres, fast gleiches</numerusform>
        <numerusform>{n} weitere, fast gleiche</numerusform>
      </translation>
    </message>
    <message>
      <source>RAW</source>
      <translation>RAW</translation>
    </message>
    <message>
      <source>Offline</source>
      <translation>Nicht verbunden</translation>
    </message>
    <message>
      <source>No preview</source>
      <translation>Keine Vorschau</translation>
    </message>
    <message>
      <source>Marked: more like this</source>
      <translation>Markiert: mehr davon</translation>
    </message>
    <message>
      <source>Marked: not this</source>
      <translation>Markiert: so nicht</translation>
    </message>
    <message>
      <source>Not recorded</source>
      <translation>Nicht angegeben</translation>
    </message>
    <message>
      <source>N</source>
      <translation>N</translation>
    </message>
    <message>
      <source>S</source>
      <translation>S</translation>
    </message>
    <message>
      <source>E</source>
      <translation>O</translation>
    </message>
    <message>
      <source>W</source>
      <translation>W</translation>
    </message>
    <message>
      <source>Shares no code with the query: found by likeness alone.</source>
      <translation>Teilt keinen Code mit dem Suchbild: allein durch Ähnlichkeit gefunden.</translation>
    </message>
    <message>
      <source>Same shot</source>
      <translation>Gleiche Aufnahme</translation>
    </message>
    <message>
      <source>Same scene</source>
      <translation>Gleiche Szene</translation>
    </message>
    <message>
      <source>Related</source>
      <translation>Verwandt</translation>
    </message>
    <message>
      <source>A guess</source>
      <translation>Vermutung</translation>
    </message>
    <message>
      <source>The same shot</source>
      <translation>Die gleiche Aufnahme</translation>
    </message>
    <message>
      <source>The same scene</source>
      <translation>Die gleiche Szene</translation>
    </message>
    <message>
      <source>Guesses: the closest anyway</source>
      <translation>Vermutungen: trotzdem am nächsten</translation>
    </message>
    <message>
      <source>On a drive that is not connected</source>
      <translation>Auf einem nicht verbundenen Laufwerk</translation>
    </message>
    <message>
      <source>{rank}, {name}, {band}</source>
      <translation>{rank}, {name}, {band}</translation>
    </message>
    <message>
      <source>stack open</source>
      <translation>Stapel offen</translation>
    </message>
    <message>
      <source>stack closed</source>
      <translation>Stapel zu</translation>
    </message>
    <message>
      <source>{w} × {h} pixels</source>
      <translation>{w} × {h} Pixel</translation>
    </message>
    <message>
      <source>Shares {n} of {all} codes with the query, from coarse to fine.</source>
      <translation>Teilt {n} von {all} Codes mit dem Suchbild, von grob bis fein.</translation>
    </message>
    <message>
      <source>Found in the upper left</source>
      <translation>Gefunden oben links</translation>
    </message>
    <message>
      <source>Found at the top</source>
      <translation>Gefunden oben</translation>
    </message>
    <message>
      <source>Found in the upper right</source>
      <translation>Gefunden oben rechts</translation>
    </message>
    <message>
      <source>Found on the left</source>
      <translation>Gefunden links</translation>
    </message>
    <message>
      <source>Found in the middle</source>
      <translation>Gefunden in der Mitte</translation>
    </message>
    <message>
      <source>Found on the right</source>
      <translation>Gefunden rechts</translation>
    </message>
    <message>
      <source>Found in the lower left</source>
      <translation>Gefunden unten links</translation>
    </message>
    <message>
      <source>Found at the bottom</source>
      <translation>Gefunden unten</translation>
    </message>
    <message>
      <source>Found in the lower right</source>
      <translation>Gefunden unten rechts</translation>
    </message>
    <message>
      <source>Found all over it</source>
      <translation>Gefunden im ganzen Bild</translation>
    </message>
    <message>
      <source>{x} (cosine)</source>
      <translation>{x} (Kosinus)</translation>
    </message>
    <message>
      <source>{path} is no longer there: press F5 to scan the folders again.</source>
      <translation>{path} ist nicht mehr da: Drücken Sie F5, um die Ordner neu zu durchsuchen.</translation>
    </message>
    <message>
      <source>No program on this computer opens {path}.</source>
      <translation>Kein Programm auf diesem Rechner öffnet {path}.</translation>
    </message>
    <message>
      <source>{name} is in {folder}, which is not connected: connect that drive and try again.</source>
      <translation>{name} liegt in {folder}, das nicht verbunden ist: Verbinden Sie dieses Laufwerk und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>With {name}</source>
      <translation>Mit {name}</translation>
    </message>
    <message numerus="yes">
      <source>{n} photos</source>
      <translation>
        <numerusform>{n} Foto</numerusform>
        <numerusform>{n} Fotos</numerusform>
      </translation>
    </message>
    <message>
      <source>Without a date</source>
      <translation>Ohne Datum</translation>
    </message>
    <message>
      <source>{h} h {m} min</source>
      <translation>{h} h {m} min</translation>
    </message>
    <message>
      <source>{s} s</source>
      <translation>{s} s</translation>
    </message>
    <message>
      <source>{m} min</source>
      <translation>{m} min</translation>
    </message>
    <message>
      <source>Pasted image</source>
      <translation>Eingefügtes Bild</translation>
    </message>
    <message>
      <source>Dropped image</source>
      <translation>Hereingezogenes Bild</translation>
    </message>
    <message>
      <source>An image that is gone</source>
      <translation>Ein Bild, das es nicht mehr gibt</translation>
    </message>
    <message numerus="yes">
      <source>{n} more</source>
      <translation>
        <numerusform>{n} weiteres</numerusform>
        <numerusform>{n} weitere</numerusform>
      </translation>
    </message>
    <message>
      <source>Select a photo first: it can be marked as wanted or not.</source>
      <translation>Wählen Sie zuerst ein Foto aus: Es lässt sich als gewünscht oder unerwünscht markieren.</translation>
    </message>
    <message>
      <source>Search first: photos of an answer can be marked as not wanted.</source>
      <translation>Suchen Sie zuerst: Fotos einer Antwort lassen sich als unerwünscht markieren.</translation>
    </message>
    <message>
      <source>There is nothing to undo in this query.</source>
      <translation>In dieser Suche gibt es nichts rückgängig zu machen.</translation>
    </message>
    <message>
      <source>Reading the picture…</source>
      <translation>Das Bild wird gelesen…</translation>
    </message>
    <message>
      <source>That frame is too small to hold anything: drag it larger. The last one stays.</source>
      <translation>Dieser Rahmen ist zu klein, um etwas zu zeigen: Ziehen Sie ihn größer. Der letzte bleibt.</translation>
    </message>
    <message>
      <source>Search with an image or select a photo first: a part of it can be cut out.</source>
      <translation>Suchen Sie zuerst mit einem Bild oder wählen Sie ein Foto: Ein Teil davon lässt sich ausschneiden.</translation>
    </message>
    <message>
      <source>Drop or paste an image anywhere to find photos like it</source>
      <translation>Bild hierher ziehen oder einfügen, um ähnliche Fotos zu finden</translation>
    </message>
    <message>
      <source>Photoglyph works offline and fetches nothing from the web: save the image first, or copy it and paste it here.</source>
      <translation>Photoglyph arbeitet offline und lädt nichts aus dem Netz: Speichern Sie das Bild zuerst, oder kopieren Sie es und fügen es hier ein.</translation>
    </message>
    <message>
      <source>The clipboard holds no image, no file and no path of one.</source>
      <translation>Die Zwischenablage enthält weder ein Bild noch eine Datei noch einen Pfad dazu.</translation>
    </message>
    <message>
      <source>That holds no image, no file and no folder.</source>
      <translation>Das enthält weder Bild noch Datei noch Ordner.</translation>
    </message>
    <message>
      <source>Find similar photos</source>
      <translation>Ähnliche Fotos finden</translation>
    </message>
    <message>
      <source>Add to the query</source>
      <translation>Zur Suche hinzufügen</translation>
    </message>
    <message>
      <source>Add to library</source>
      <translation>Zur Bibliothek hinzufügen</translation>
    </message>
    <message>
      <source>Web addresses cannot be used offline</source>
      <translation>Internetadressen sind offline nicht verwendbar</translation>
    </message>
    <message>
      <source>More like {name}</source>
      <translation>Mehr wie {name}</translation>
    </message>
    <message>
      <source>Not like {name}</source>
      <translation>Nicht wie {name}</translation>
    </message>
    <message>
      <source>counts double</source>
      <translation>zählt doppelt</translation>
    </message>
    <message>
      <source>counts once</source>
      <translation>zählt einfach</translation>
    </message>
    <message>
      <source>counts half</source>
      <translation>zählt halb</translation>
    </message>
    <message>
      <source>Find similar photos (with Shift: add to the query)</source>
      <translation>Ähnliche Fotos finden (mit Umschalt: zur Suche hinzufügen)</translation>
    </message>
    <message>
      <source>Part of {name}</source>
      <translation>Teil von {name}</translation>
    </message>
    <message>
      <source>{name} and {more}</source>
      <translation>{name} und {more}</translation>
    </message>
    <message>
      <source>Remove from the query: {piece}</source>
      <translation>Aus der Suche entfernen: {piece}</translation>
    </message>
    <message>
      <source>Draw a frame around what counts; the arrow keys move it, with Shift they size it.</source>
      <translation>Ziehen Sie einen Rahmen um das, was zählt; die Pfeiltasten bewegen ihn, mit Umschalt ändern sie seine Größe.</translation>
    </message>
    <message>
      <source>Find this part: wherever photos show it. Search: photos that look like it.</source>
      <translation>Diesen Teil finden: wo immer Fotos ihn zeigen. Suchen: Fotos, die ihm ähnlich sehen.</translation>
    </message>
    <message>
      <source>{n} files came together: searching with the first, {name}.</source>
      <translation>{n} Dateien kamen zusammen an: Gesucht wird mit der ersten, {name}.</translation>
    </message>
    <message numerus="yes">
      <source>Delete {n} searches? Photos stay.</source>
      <translation>
        <numerusform>{n} Suche löschen? Fotos bleiben.</numerusform>
        <numerusform>{n} Suchen löschen? Fotos bleiben.</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>Delete all {n} recent searches?</source>
      <translation>
        <numerusform>{n} letzte Suche löschen?</numerusform>
        <numerusform>Alle {n} letzten Suchen löschen?</numerusform>
      </translation>
    </message>
    <message>
      <source>Search first: a search can be saved under a name and asked again.</source>
      <translation>Suchen Sie zuerst: Eine Suche lässt sich unter einem Namen speichern und wieder stellen.</translation>
    </message>
    <message>
      <source>Within photos</source>
      <translation>Innerhalb von Fotos</translation>
    </message>
    <message>
      <source>what is asked with, wherever photos show it</source>
      <translation>das Gesuchte, wo immer Fotos es zeigen</translation>
    </message>
    <message>
      <source>The photos are looked at first</source>
      <translation>Die Fotos werden zuerst angesehen</translation>
    </message>
    <message>
      <source>Looking at the parts of photos was stopped: what is in the others is not found yet.</source>
      <translation>Das Ansehen der Teile wurde angehalten: Was die übrigen Fotos zeigen, wird noch nicht gefunden.</translation>
    </message>
    <message numerus="yes">
      <source>{n} images</source>
      <translation>
        <numerusform>{n} Bild</numerusform>
        <numerusform>{n} Bilder</numerusform>
      </translation>
    </message>
    <message>
      <source>Getting ready to look at the parts of photos…</source>
      <translation>Teile von Fotos werden gleich angesehen…</translation>
    </message>
    <message numerus="yes">
      <source>{n} marks</source>
      <translation>
        <numerusform>{n} Markierung</numerusform>
        <numerusform>{n} Markierungen</numerusform>
      </translation>
    </message>
    <message>
      <source>Among some of the photos</source>
      <translation>Unter einem Teil der Fotos</translation>
    </message>
    <message numerus="yes">
      <source>{n} new photos since then</source>
      <translation>
        <numerusform>{n} neues Foto seitdem</numerusform>
        <numerusform>{n} neue Fotos seitdem</numerusform>
      </translation>
    </message>
    <message>
      <source>{n} new</source>
      <translation>{n} neu</translation>
    </message>
    <message>
      <source>By content</source>
      <translation>Nach Inhalt</translation>
    </message>
    <message>
      <source>By colour</source>
      <translation>Nach Farbe</translation>
    </message>
    <message>
      <source>By composition</source>
      <translation>Nach Bildaufbau</translation>
    </message>
    <message>
      <source>By a blend</source>
      <translation>Nach allem zusammen</translation>
    </message>
    <message>
      <source>Looking at colours and composition: {done} of {total} photos</source>
      <translation>Farben und Bildaufbau werden erfasst: {done} von {total} Fotos</translation>
    </message>
    <message>
      <source>Looking at the parts of photos: {done} of {total}</source>
      <translation>Die Teile der Fotos werden betrachtet: {done} von {total}</translation>
    </message>
    <message>
      <source>what photos show</source>
      <translation>was Fotos zeigen</translation>
    </message>
    <message>
      <source>the same colours, wherever they are</source>
      <translation>dieselben Farben, wo immer sie sind</translation>
    </message>
    <message>
      <source>light and edges in the same places</source>
      <translation>Licht und Kanten an denselben Stellen</translation>
    </message>
    <message>
      <source>content first, then colour and composition</source>
      <translation>zuerst der Inhalt, dann Farbe und Aufbau</translation>
    </message>
    <message>
      <source>Asked last on {day}</source>
      <translation>Zuletzt gesucht am {day}</translation>
    </message>
    <message>
      <source>Delete the search {name}? Photos stay.</source>
      <translation>Die Suche {name} löschen? Fotos bleiben.</translation>
    </message>
    <message>
      <source>the file is empty</source>
      <translation>die Datei ist leer</translation>
    </message>
    <message>
      <source>this is a folder, not a picture</source>
      <translation>das ist ein Ordner, kein Bild</translation>
    </message>
    <message>
      <source>not a regular file (a pipe, socket or device)</source>
      <translation>keine gewöhnliche Datei (Pipe, Socket oder Gerät)</translation>
    </message>
    <message>
      <source>the picture has no pixels</source>
      <translation>das Bild hat keine Pixel</translation>
    </message>
    <message>
      <source>the picture data is cut off or damaged</source>
      <translation>die Bilddaten sind unvollständig oder beschädigt</translation>
    </message>
    <message>
      <source>not an image that Photoglyph can read</source>
      <translation>kein Bild, das Photoglyph lesen kann</translation>
    </message>
    <message>
      <source>decoding it needs too much memory</source>
      <translation>das Dekodieren braucht zu viel Speicher</translation>
    </message>
    <message>
      <source>{w} x {h} pixels: a side is longer than {most} pixels</source>
      <translation>{w} x {h} Pixel: eine Seite ist länger als {most} Pixel</translation>
    </message>
    <message>
      <source>{w} x {h} pixels are {size} megapixels, more than the {most} that are decoded</source>
      <translation>{w} x {h} Pixel sind {size} Megapixel, mehr als die {most}, die dekodiert werden</translation>
    </message>
    <message>
      <source>the file has {size} GB, more than the {most} GB that are read</source>
      <translation>die Datei hat {size} GB, mehr als die {most} GB, die gelesen werden</translation>
    </message>
    <message>
      <source>not a camera raw file that can be read</source>
      <translation>keine lesbare Rohdatei einer Kamera</translation>
    </message>
    <message>
      <source>the camera raw file is cut off or damaged</source>
      <translation>die Rohdatei der Kamera ist unvollständig oder beschädigt</translation>
    </message>
    <message>
      <source>the camera raw file holds no preview picture</source>
      <translation>die Rohdatei der Kamera enthält kein Vorschaubild</translation>
    </message>
    <message>
      <source>camera raw files need an addition to Photoglyph: install it with pip install 'photoglyph[raw]'</source>
      <translation>Rohdateien von Kameras brauchen eine Ergänzung zu Photoglyph: Installieren Sie sie mit pip install 'photoglyph[raw]'</translation>
    </message>
    <message>
      <source>there is no such file</source>
      <translation>diese Datei gibt es nicht</translation>
    </message>
    <message>
      <source>no permission to read it</source>
      <translation>keine Leseberechtigung</translation>
    </message>
    <message>
      <source>a link that leads back to itself</source>
      <translation>ein Verweis, der auf sich selbst zurückführt</translation>
    </message>
    <message>
      <source>the path is too long for this system</source>
      <translation>der Pfad ist zu lang für dieses System</translation>
    </message>
    <message>
      <source>it cannot be read ({error})</source>
      <translation>nicht lesbar ({error})</translation>
    </message>
    <message>
      <source>{name} is damaged: restore it from a backup, or move it away to start afresh (photos are not touched).</source>
      <translation>{name} ist beschädigt: Stellen Sie eine Sicherung wieder her, oder verschieben Sie die Datei, um neu anzufangen (Fotos werden nicht angerührt).</translation>
    </message>
    <message>
      <source>{name} is locked by another program: close that program and try again.</source>
      <translation>{name} ist von einem anderen Programm gesperrt: Schließen Sie dieses und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>The disk is full, {name} cannot grow: free some space and run it again.</source>
      <translation>Der Datenträger ist voll, {name} kann nicht wachsen: Schaffen Sie Platz und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>{name} cannot be written: check its permissions or choose another --library.</source>
      <translation>{name} ist nicht beschreibbar: Prüfen Sie die Zugriffsrechte oder wählen Sie eine andere Bibliothek.</translation>
    </message>
    <message>
      <source>{name} cannot be read or written (disk error): check the disk and try again.</source>
      <translation>{name} ist nicht les- oder beschreibbar (Fehler des Datenträgers): Prüfen Sie den Datenträger und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>The library folder {name} cannot be written ({error}): choose another with --library.</source>
      <translation>Der Bibliotheksordner {name} ist nicht beschreibbar ({error}): Wählen Sie einen anderen.</translation>
    </message>
    <message>
      <source>{name} was made by a newer Photoglyph (schema {theirs}, this one knows {ours}): update Photoglyph to open it. Nothing was changed.</source>
      <translation>{name} stammt von einem neueren Photoglyph (Schema {theirs}, dieses kennt {ours}): Aktualisieren Sie Photoglyph, um es zu öffnen. Nichts wurde verändert.</translation>
    </message>
    <message>
      <source>The library in {name} is in use: another Photoglyph is {work} it; wait for it to finish or choose another folder with --library.</source>
      <translation>Die Bibliothek in {name} wird benutzt ({work}): Warten Sie, bis das andere Photoglyph fertig ist, oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>There is no folder {name}: check the path, or plug its drive in.</source>
      <translation>Den Ordner {name} gibt es nicht: Prüfen Sie den Pfad, oder schließen Sie das Laufwerk an.</translation>
    </message>
    <message>
      <source>{name} is not a folder: give the folder that holds the photos.</source>
      <translation>{name} ist kein Ordner: Wählen Sie den Ordner, der die Fotos enthält.</translation>
    </message>
    <message>
      <source>The folder {name} cannot be read ({why}): check its permissions.</source>
      <translation>Der Ordner {name} ist nicht lesbar ({why}): Prüfen Sie seine Zugriffsrechte.</translation>
    </message>
    <message>
      <source>{name} lies inside {other}, which is in the library with all it holds: there is nothing to add.</source>
      <translation>{name} liegt in {other}, das mit seinem ganzen Inhalt in der Bibliothek ist: Es gibt nichts hinzuzufügen.</translation>
    </message>
    <message>
      <source>{name} contains {other}, which is in the library: remove that folder from the library first, or add the others one by one.</source>
      <translation>{name} enthält {other}, das in der Bibliothek ist: Entfernen Sie zuerst diesen Ordner aus der Bibliothek, oder fügen Sie die anderen einzeln hinzu.</translation>
    </message>
    <message>
      <source>The library has no searchable photos yet: add a folder with 'photoglyph index FOLDER', or in the window.</source>
      <translation>Die Bibliothek hat noch keine durchsuchbaren Fotos: Fügen Sie einen Ordner hinzu.</translation>
    </message>
    <message>
      <source>That photo is no longer in the library: choose another.</source>
      <translation>Dieses Foto ist nicht mehr in der Bibliothek: Wählen Sie ein anderes.</translation>
    </message>
    <message>
      <source>Exact search answers: it did better on this library's own photos.</source>
      <translation>Die exakte Suche antwortet: Auf den Fotos dieser Bibliothek war sie besser.</translation>
    </message>
    <message>
      <source>The model file {name} is missing or damaged: train again, or choose another with 'photoglyph model use'.</source>
      <translation>Die Modelldatei {name} fehlt oder ist beschädigt: Trainieren Sie neu, oder wählen Sie ein anderes mit 'photoglyph model use'.</translation>
    </message>
    <message>
      <source>A search takes {most} images at most, and this one has {n}: leave some out.</source>
      <translation>Eine Suche nimmt höchstens {most} Bilder, diese hat {n}: Lassen Sie einige weg.</translation>
    </message>
    <message>
      <source>Every image of this search is one to be avoided: add one that shows what to look for.</source>
      <translation>Alle Bilder dieser Suche sind unerwünscht: Fügen Sie eines hinzu, das das Gesuchte zeigt.</translation>
    </message>
    <message>
      <source>An image is both asked for and to be avoided: what was said last counts.</source>
      <translation>Ein Bild ist zugleich gewünscht und unerwünscht: Es gilt, was zuletzt gesagt wurde.</translation>
    </message>
    <message>
      <source>One photo was marked both ways: the last mark counts.</source>
      <translation>Ein Foto wurde als gewünscht und als unerwünscht markiert: Die letzte Markierung gilt.</translation>
    </message>
    <message>
      <source>{n} photos were marked both ways: the last mark counts.</source>
      <translation>{n} Fotos wurden als gewünscht und als unerwünscht markiert: Die letzte Markierung gilt.</translation>
    </message>
    <message>
      <source>One photo was not described yet and left out.</source>
      <translation>Ein Foto ist noch nicht beschrieben und fehlt hier.</translation>
    </message>
    <message>
      <source>{n} photos were not described yet and left out.</source>
      <translation>{n} Fotos sind noch nicht beschrieben und fehlen hier.</translation>
    </message>
    <message>
      <source>One photo was not described by its parts yet and left out.</source>
      <translation>Ein Foto ist noch nicht nach Teilen beschrieben und blieb weg.</translation>
    </message>
    <message>
      <source>{n} photos were not described by their parts yet and left out.</source>
      <translation>{n} Fotos sind noch nicht nach Teilen beschrieben und blieben weg.</translation>
    </message>
    <message>
      <source>No photo is described by its parts yet, so the part was compared with whole photos: 'photoglyph index --parts' describes them.</source>
      <translation>Noch kein Foto ist nach Teilen beschrieben, der Teil wurde deshalb mit ganzen Fotos verglichen: 'photoglyph index --parts' beschreibt sie.</translation>
    </message>
    <message>
      <source>A saved search needs a name that is not empty and begins without '#'.</source>
      <translation>Eine gespeicherte Suche braucht einen Namen, der nicht leer ist und nicht mit '#' beginnt.</translation>
    </message>
    <message>
      <source>There is a saved search called {name} already: choose another name, or remove that one first.</source>
      <translation>Es gibt schon eine gespeicherte Suche mit dem Namen {name}: Wählen Sie einen anderen, oder löschen Sie zuerst jene.</translation>
    </message>
    <message>
      <source>{why} is gone: what was kept of it answers.</source>
      <translation>{why} gibt es nicht mehr: Gesucht wird mit dem, was davon gespeichert ist.</translation>
    </message>
    <message>
      <source>A photo of the library</source>
      <translation>Ein Foto der Bibliothek</translation>
    </message>
    <message>
      <source>The filter {name} is not known here and left out.</source>
      <translation>Der Filter {name} ist hier nicht bekannt und fehlt.</translation>
    </message>
    <message>
      <source>This library has no tree to explore yet: run 'photoglyph train' (from {n} photos on).</source>
      <translation>Diese Bibliothek hat noch keinen Baum zu erkunden: Trainieren Sie sie (ab {n} Fotos).</translation>
    </message>
    <message>
      <source>The library was trained again since this part of its tree was opened, and has another tree now: begin again at the root.</source>
      <translation>Die Bibliothek wurde neu trainiert, seit dieser Zweig ihres Baums geöffnet wurde, und hat jetzt einen anderen Baum: Beginnen Sie wieder an der Wurzel.</translation>
    </message>
    <message>
      <source>No photo lies below {place}: 'photoglyph explore' shows where photos are.</source>
      <translation>Unter {place} liegt kein Foto: Beginnen Sie wieder an der Wurzel.</translation>
    </message>
    <message>
      <source>The library has no photos to explore yet: index a folder first.</source>
      <translation>Die Bibliothek hat noch keine Fotos zu erkunden: Fügen Sie zuerst einen Ordner hinzu.</translation>
    </message>
    <message>
      <source>The library has no photos to browse yet: index a folder first.</source>
      <translation>Die Bibliothek hat noch keine Fotos zu durchblättern: Fügen Sie zuerst einen Ordner hinzu.</translation>
    </message>
    <message>
      <source>{path} holds no photos of this library: begin again at its folders.</source>
      <translation>{path} enthält keine Fotos dieser Bibliothek: Beginnen Sie wieder bei ihren Ordnern.</translation>
    </message>
    <message>
      <source>That photo is not in the tree: scan the folders again, then try again.</source>
      <translation>Dieses Foto ist nicht im Baum: Durchsuchen Sie die Ordner neu, dann versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>All photos here go the same way: the tree does not tell them apart on this level.</source>
      <translation>Alle Fotos hier gehen denselben Weg: Der Baum unterscheidet sie auf dieser Ebene nicht.</translation>
    </message>
    <message>
      <source>Choose two different photos or more to say that they are not the same.</source>
      <translation>Wählen Sie mindestens zwei verschiedene Fotos, um zu sagen, dass sie nicht dasselbe sind.</translation>
    </message>
    <message>
      <source>it has the most stars</source>
      <translation>es hat die meisten Sterne</translation>
    </message>
    <message>
      <source>it is the camera's raw file</source>
      <translation>es ist die Rohdatei der Kamera</translation>
    </message>
    <message>
      <source>it has the most pixels</source>
      <translation>es hat die meisten Pixel</translation>
    </message>
    <message>
      <source>it is the least compressed</source>
      <translation>es ist am wenigsten komprimiert</translation>
    </message>
    <message>
      <source>it was taken first</source>
      <translation>es wurde zuerst aufgenommen</translation>
    </message>
    <message>
      <source>all are equally good, and its path comes first</source>
      <translation>alle sind gleich gut, und sein Pfad kommt zuerst</translation>
    </message>
    <message>
      <source>{name} takes no files ({error}), {n} of {all} were copied: choose another folder.</source>
      <translation>{name} nimmt keine Dateien an ({error}), {n} von {all} wurden kopiert: Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>{name} cannot be written ({error}): choose another place.</source>
      <translation>{name} ist nicht beschreibbar ({error}): Wählen Sie einen anderen Ort.</translation>
    </message>
    <message>
      <source>{name} cannot be written ({error}): see that its folder may be written.</source>
      <translation>{name} ist nicht beschreibbar ({error}): Sorgen Sie dafür, dass der Ordner beschreibbar ist.</translation>
    </message>
    <message>
      <source>Training stopped unexpectedly (exit code {code}; was memory short?): train again to go on from its checkpoint.</source>
      <translation>Das Training brach unerwartet ab (Code {code}; war der Speicher knapp?): Trainieren Sie noch einmal, es geht beim letzten Stand weiter.</translation>
    </message>
    <message>
      <source>Training needs at least {least} indexed photos and this library has {n}: add more with 'photoglyph index FOLDER'; until then exact search answers.</source>
      <translation>Das Training braucht mindestens {least} indexierte Fotos, diese Bibliothek hat {n}: Fügen Sie weitere hinzu; bis dahin antwortet die exakte Suche.</translation>
    </message>
    <message>
      <source>The memory of the device ({device}) is too small for a single photo: close other programs, use --device cpu, or choose a smaller encoder.</source>
      <translation>Der Speicher des Geräts ({device}) ist zu klein für ein einziges Foto: Schließen Sie andere Programme, oder wählen Sie einen kleineren Encoder.</translation>
    </message>
    <message>
      <source>Tuning the encoder went astray (its loss is no number): train without --deep; the model in use is unchanged.</source>
      <translation>Das Anpassen des Encoders ist entgleist (sein Loss ist keine Zahl): Trainieren Sie ohne es; das benutzte Modell ist unverändert.</translation>
    </message>
    <message>
      <source>The tuned encoder cannot be written ({error}): free some space, then train again to go on from the checkpoint.</source>
      <translation>Der angepasste Encoder kann nicht geschrieben werden ({error}): Schaffen Sie Platz, dann trainieren Sie noch einmal, um ab dem Zwischenstand fortzufahren.</translation>
    </message>
    <message>
      <source>The training's checkpoint in {name} cannot be written ({error}): free some space, then train again to go on from the one before.</source>
      <translation>Der Zwischenstand des Trainings in {name} kann nicht geschrieben werden ({error}): Schaffen Sie Platz, dann trainieren Sie noch einmal, um ab dem vorigen fortzufahren.</translation>
    </message>
    <message>
      <source>The library has no thumbnails to tune the encoder with: run 'photoglyph index' to make them again, then train.</source>
      <translation>Die Bibliothek hat keine Vorschaubilder, mit denen der Encoder angepasst werden kann: Lesen Sie alle Ordner neu ein, dann trainieren Sie.</translation>
    </message>
    <message>
      <source>asking held-out photos</source>
      <translation>zurückgehaltene Fotos werden gefragt</translation>
    </message>
    <message>
      <source>{n} photos came since the training on {trained}: they are found, and training again would find more like them.</source>
      <translation>{n} Fotos kamen seit dem Training auf {trained} dazu: Sie werden gefunden, und ein neues Training fände mehr ihrer Art.</translation>
    </message>
    <message>
      <source>{n} photos that came since the training are of another kind: training again would find more like them.</source>
      <translation>{n} Fotos, die seit dem Training dazukamen, sind von anderer Art: Ein neues Training fände mehr ihrer Art.</translation>
    </message>
    <message>
      <source>Something went wrong inside Photoglyph ({kind}); the details are in its log.</source>
      <translation>In Photoglyph ist etwas schiefgegangen ({kind}); das Protokoll nennt die Einzelheiten.</translation>
    </message>
    <message>
      <source>A library keeps the model that read its photos.</source>
      <translation>Eine Bibliothek behält das Modell, das ihre Fotos gelesen hat.</translation>
    </message>
    <message>
      <source>No graphics card was found that models can use. Everything works on the processor; indexing and training take longer.</source>
      <translation>Es wurde keine Grafikkarte gefunden, die Modelle nutzen können. Alles läuft auf dem Prozessor; Indexieren und Training dauern länger.</translation>
    </message>
    <message>
      <source>This takes effect when the window opens again.</source>
      <translation>Das gilt, sobald das Fenster neu geöffnet ist.</translation>
    </message>
    <message>
      <source>Photoglyph is in the menu of applications and under “Open with” now.</source>
      <translation>Photoglyph steht jetzt im Anwendungsmenü und unter „Öffnen mit“.</translation>
    </message>
    <message>
      <source>Database {size}</source>
      <translation>Datenbank {size}</translation>
    </message>
    <message>
      <source>thumbnails {size}</source>
      <translation>Vorschaubilder {size}</translation>
    </message>
    <message>
      <source>vectors {size}</source>
      <translation>Vektoren {size}</translation>
    </message>
    <message>
      <source>models {size}</source>
      <translation>Modelle {size}</translation>
    </message>
    <message>
      <source>Models run on the processor now.</source>
      <translation>Modelle laufen jetzt auf dem Prozessor.</translation>
    </message>
    <message>
      <source>Models run on the graphics card now ({device}).</source>
      <translation>Modelle laufen jetzt auf der Grafikkarte ({device}).</translation>
    </message>
    <message>
      <source>EfficientNet-Lite2: finds more</source>
      <translation>EfficientNet-Lite2: findet mehr</translation>
    </message>
    <message>
      <source>EfficientNet-Lite0: faster</source>
      <translation>EfficientNet-Lite0: schneller</translation>
    </message>
    <message>
      <source>Opening the library…</source>
      <translation>Die Bibliothek wird geöffnet…</translation>
    </message>
    <message>
      <source>The library cannot be opened</source>
      <translation>Die Bibliothek lässt sich nicht öffnen</translation>
    </message>
    <message>
      <source>This search did not work</source>
      <translation>Diese Suche ist misslungen</translation>
    </message>
    <message>
      <source>Find photos by example</source>
      <translation>Fotos mit einem Beispiel finden</translation>
    </message>
    <message>
      <source>Nothing leaves this computer; your photos are never changed.</source>
      <translation>Nichts verlässt diesen Rechner; Ihre Fotos werden nie verändert.</translation>
    </message>
    <message>
      <source>No photos here</source>
      <translation>Keine Fotos</translation>
    </message>
    <message>
      <source>The folders of this library hold no photos that can be used.</source>
      <translation>Die Ordner dieser Bibliothek enthalten keine verwendbaren Fotos.</translation>
    </message>
    <message>
      <source>There are no photos to search yet</source>
      <translation>Noch sind keine Fotos zum Durchsuchen da</translation>
    </message>
    <message>
      <source>Add a folder: the photos most like this image appear as they are indexed.</source>
      <translation>Fügen Sie einen Ordner hinzu: Die ähnlichsten Fotos erscheinen, während sie indexiert werden.</translation>
    </message>
    <message>
      <source>Looking for photos…</source>
      <translation>Fotos werden gesucht…</translation>
    </message>
    <message>
      <source>They appear here as they are indexed; you can search at once.</source>
      <translation>Sie erscheinen hier, sobald sie indexiert sind; suchen können Sie sofort.</translation>
    </message>
    <message>
      <source>Teach the generative engine your own photos. It runs in the background, and searching goes on meanwhile.</source>
      <translation>Die generative Suche lernt Ihre eigenen Fotos kennen. Das läuft im Hintergrund, und die Suche geht währenddessen weiter.</translation>
    </message>
    <message>
      <source>Also tune the encoder</source>
      <translation>Auch den Encoder anpassen</translation>
    </message>
    <message>
      <source>Deep training: the network that looks at photos is adapted to yours, all of them are read again with it, and the training follows. It takes hours where there are many photos, and is best done with a GPU. The result answers only if it finds more on your own photos; until then everything stays as it is.</source>
      <translation>Tiefes Training: Das Netz, das Fotos betrachtet, wird an Ihre angepasst, alle werden damit neu gelesen, und das Training folgt. Bei vielen Fotos dauert es Stunden, am besten mit einer GPU. Das Ergebnis antwortet nur, wenn es auf Ihren eigenen Fotos mehr findet; bis dahin bleibt alles, wie es ist.</translation>
    </message>
    <message>
      <source>Pausing… The training will go on from here.</source>
      <translation>Wird angehalten… Das Training geht später hier weiter.</translation>
    </message>
    <message>
      <source>Stop and throw away what was learnt so far</source>
      <translation>Beenden und verwerfen, was bisher gelernt wurde</translation>
    </message>
    <message>
      <source>Of the ten nearest photos it finds {old}, of those added later {new}.</source>
      <translation>Von den zehn nächsten Fotos findet es {old}, von später hinzugefügten {new}.</translation>
    </message>
    <message>
      <source>{new} (exact {exact})</source>
      <translation>{new} (exakt {exact})</translation>
    </message>
    <message>
      <source>Figures are of the library's own held-out photos, edited</source>
      <translation>Die Werte gelten für zurückgehaltene, bearbeitete Fotos dieser Bibliothek</translation>
    </message>
    <message>
      <source>Train again…</source>
      <translation>Neu trainieren…</translation>
    </message>
    <message>
      <source>Starting…</source>
      <translation>Wird gestartet…</translation>
    </message>
    <message>
      <source>Paused. What was learnt so far is kept.</source>
      <translation>Angehalten. Was bisher gelernt wurde, bleibt erhalten.</translation>
    </message>
    <message>
      <source>The model before stays: it finds more on your own photos.</source>
      <translation>Das vorige Modell bleibt: Es findet unter Ihren Fotos mehr.</translation>
    </message>
    <message>
      <source>new</source>
      <translation>neu</translation>
    </message>
    <message>
      <source>exact</source>
      <translation>exakt</translation>
    </message>
    <message>
      <source>Tuning the encoder made nothing better: it stays as it was.</source>
      <translation>Das Anpassen des Encoders hat nichts verbessert: Er bleibt, wie er war.</translation>
    </message>
    <message>
      <source>answers</source>
      <translation>antwortet</translation>
    </message>
    <message>
      <source>kept</source>
      <translation>aufbewahrt</translation>
    </message>
    <message>
      <source>exact search answers</source>
      <translation>exakte Suche antwortet</translation>
    </message>
    <message>
      <source>Nothing was trained yet: exact search answers</source>
      <translation>Noch wurde nichts trainiert: Die exakte Suche antwortet</translation>
    </message>
    <message>
      <source>Training needs {smallest} photos, this library has {n}. Exact search answers meanwhile.</source>
      <translation>Das Training braucht {smallest} Fotos, diese Bibliothek hat {n}. Solange antwortet die exakte Suche.</translation>
    </message>
    <message>
      <source>Paused at {n} of {all}: {stage}.</source>
      <translation>Angehalten bei {n} von {all}: {stage}.</translation>
    </message>
    <message>
      <source>Exact search goes on answering: it finds more on your own photos.</source>
      <translation>Die exakte Suche antwortet weiterhin: Sie findet auf Ihren eigenen Fotos mehr.</translation>
    </message>
    <message>
      <source>The new model answers from now on.</source>
      <translation>Ab jetzt antwortet das neue Modell.</translation>
    </message>
    <message>
      <source>Trained on {photos} in {t}. {used}</source>
      <translation>Auf {photos} trainiert in {t}. {used}</translation>
    </message>
    <message>
      <source>before</source>
      <translation>vorher</translation>
    </message>
    <message>
      <source>The encoder was tuned for {t}: in its own check Recall@1 went from {old} to {new}.</source>
      <translation>Der Encoder wurde {t} lang angepasst: In seiner eigenen Prüfung ging Recall@1 von {old} auf {new}.</translation>
    </message>
    <message>
      <source>On {n} held-out views of your photos.</source>
      <translation>An {n} zurückgehaltenen Ansichten Ihrer Fotos.</translation>
    </message>
    <message>
      <source>Loss {x}</source>
      <translation>Verlust {x}</translation>
    </message>
    <message>
      <source>Recall@{k} {x}</source>
      <translation>Recall@{k} {x}</translation>
    </message>
    <message>
      <source>Step {n}</source>
      <translation>Schritt {n}</translation>
    </message>
    <message>
      <source>Model {n}</source>
      <translation>Modell {n}</translation>
    </message>
    <message>
      <source>{levels} codes of {codes}</source>
      <translation>{levels} Codes aus {codes}</translation>
    </message>
    <message>
      <source>About {t} ({device})</source>
      <translation>Etwa {t} ({device})</translation>
    </message>
    <message>
      <source>{size} of disk space</source>
      <translation>{size} Speicherplatz</translation>
    </message>
    <message>
      <source>only {size} are free</source>
      <translation>nur {size} sind frei</translation>
    </message>
    <message>
      <source>loss {x}</source>
      <translation>Verlust {x}</translation>
    </message>
    <message>
      <source>Loss {x} after {n} of {all} steps, {first} at first</source>
      <translation>Verlust {x} nach {n} von {all} Schritten, anfangs {first}</translation>
    </message>
    <message>
      <source>Recall@{k} of held-out photos {x}, {first} at first</source>
      <translation>Recall@{k} zurückgehaltener Fotos {x}, anfangs {first}</translation>
    </message>
    <message>
      <source>No problems: every file could be used</source>
      <translation>Keine Probleme: jede Datei ist verwendbar</translation>
    </message>
    <message>
      <source>Nothing to do: every folder has been looked at</source>
      <translation>Nichts zu tun: jeder Ordner ist durchgesehen</translation>
    </message>
    <message>
      <source>These files could not be used; everything else is searchable</source>
      <translation>Diese Dateien sind nicht verwendbar; alles andere ist durchsuchbar</translation>
    </message>
    <message numerus="yes">
      <source>{n} files are ignored</source>
      <translation>
        <numerusform>{n} Datei wird ignoriert</numerusform>
        <numerusform>{n} Dateien werden ignoriert</numerusform>
      </translation>
    </message>
    <message>
      <source>Index {folder}</source>
      <translation>{folder} indexieren</translation>
    </message>
    <message>
      <source>Problems ({n})</source>
      <translation>Probleme ({n})</translation>
    </message>
    <message>
      <source>Ignored: {reason}</source>
      <translation>Ignoriert: {reason}</translation>
    </message>
    <message>
      <source>First on {day}</source>
      <translation>Zuerst am {day}</translation>
    </message>
  </context>
</TS>
