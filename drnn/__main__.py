"""`python -m drnn`, and the program `drnn`."""

from drnn.cli.commands import main

if __name__ == "__main__":
    main()
