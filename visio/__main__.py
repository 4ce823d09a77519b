from visio.cli import main

if __name__ == "__main__":
    main()
