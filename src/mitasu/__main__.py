"""`python -m mitasu` is the `mitasu` command."""

from mitasu.cli import main

if __name__ == "__main__":
    main()
