"""`python -m drnn`."""

from drnn.cli import main

main()
