package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "badpeers:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "serve":
			return peer.Command(servers(), args[1:])
		case "live":
			return liveCommand(args[1:])
		case "bad":
			return badCommand(args[1:])
		}
	}
	return measureCommand(args)
}
