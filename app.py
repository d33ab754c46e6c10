"""Starts Runbot from the environment."""

from runbot.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["serve"]))
