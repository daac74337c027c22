"""Every sentence that the window shows, from plain values. No widget makes words of its own.

All go through ``translate`` and ``counted`` (language.py) with a literal, so that a translation is
one file. One module a subject; ``words.answer(...)`` reaches all of them, and a new sentence needs
no line here.
"""

from desktop.words.answers import *  # noqa: F403
from desktop.words.browsing import *  # noqa: F403
from desktop.words.duplicates import *  # noqa: F403
from desktop.words.filters import *  # noqa: F403
from desktop.words.language import *  # noqa: F403
from desktop.words.library import *  # noqa: F403
from desktop.words.marks import *  # noqa: F403
from desktop.words.outgoing import *  # noqa: F403
from desktop.words.photo import *  # noqa: F403
from desktop.words.quantities import *  # noqa: F403
from desktop.words.query import *  # noqa: F403
from desktop.words.searches import *  # noqa: F403
from desktop.words.sentences import *  # noqa: F403
from desktop.words.settings import *  # noqa: F403
from desktop.words.states import *  # noqa: F403
from desktop.words.training import *  # noqa: F403
from desktop.words.work import *  # noqa: F403
