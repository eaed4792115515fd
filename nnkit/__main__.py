"""`nnkit progress [FOLDER]`: which exercises of which chapter pass their visible check, and what is next.

`nnkit start [FOLDER]`: the same as a page with a card for each chapter, of the checks as they were last run.
"""

import argparse
import sys

from nnkit import progress, start


def main() -> None:
    parser = argparse.ArgumentParser("nnkit", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="VERB", dest="verb")
    verb = verbs.add_parser("progress", help="which exercises pass their visible check, and what is next")
    verb.add_argument("folder", nargs="?", default=".", help="of the chapters, or of one of them")
    verb = verbs.add_parser("start", help=f"write {start.PAGE}: a card for each chapter")
    verb.add_argument("folder", nargs="?", default=".", help="of the chapters")
    typed = parser.parse_args()
    try:
        if typed.verb == "start":
            print(start.write(typed.folder))
        else:
            progress.report(progress.chapters(typed.folder))
    except FileNotFoundError as error:
        sys.exit(f"nnkit {typed.verb}: {error}")


if __name__ == "__main__":
    main()
