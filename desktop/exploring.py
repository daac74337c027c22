"""The library's tree as levels: parts from coarse to fine, and the part that a photo lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop import words
from desktop.arranging import Section
from desktop.jobs import Jobs
from desktop.levels import Crumb, Level, LevelModel, Place, Tile
from engine.types import ExploredTree, Filters, TreeNode

if TYPE_CHECKING:
    from engine.services.session import Session


class TreeLevels(LevelModel):
    """Places are first codes of identifiers, of the generation that was asked last."""

    not_there = Signal(object)  # Exception: the photo that was looked for is in no tree

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(jobs, jobs.searching, parent)
        self._session = session
        self._generation: int | None = None  # None: of whichever answers

    def look_for(self, content_id: int) -> None:
        """Open the level that shows the photo among its like."""
        self._begin(lambda: self._session.place_in_tree(content_id), self._found, self._cannot_find)

    def begin_again(self) -> None:
        self._generation = None
        super().begin_again()

    def _found(self, branch: tuple[int, ...]) -> None:
        self._generation = None  # it is of the tree that answers now
        self.open(branch[:-1] or None, branch)

    def _cannot_find(self, error: Exception) -> None:
        self._asking = False
        self.not_there.emit(error)
        self.show()

    def _arrived(self, level: Level) -> None:
        self._generation = level.tiles[0].filters.generation
        super()._arrived(level)

    def _read(self, place: Place) -> Level:
        prefix = place if isinstance(place, tuple) else ()
        generation = self._generation if prefix else None
        tree = self._session.explore(prefix, generation)
        above = [self._session.explore(prefix[:n], generation).node for n in range(1, len(prefix))]
        return _level(tree, above)


def _level(tree: ExploredTree, above: list[TreeNode]) -> Level:
    on_the_way = [*above, tree.node] if tree.node.prefix else []
    tiles = tuple(_tile(tree, child) for child in tree.children or (tree.node,))
    return Level(
        crumbs=(
            Crumb(None, words.whole_tree()),
            *(Crumb(node.prefix, words.node(node)) for node in on_the_way),
        ),
        line=words.tree_line(tree),
        filters=_tile(tree, tree.node).filters if tree.node.prefix else Filters(),
        tiles=tiles,
        sections=(Section("", 0, len(tiles)),),
        note=words.sentence(tree.note),
    )


def _tile(tree: ExploredTree, node: TreeNode) -> Tile:
    return Tile(
        place=node.prefix,
        name=words.node(node),
        count=node.count,
        pictures=tuple(photo.content_id for photo in node.photos),
        filters=Filters(prefix=node.prefix, generation=tree.generation),
        deeper=node.count > 1 and len(node.prefix) < tree.levels,
    )
