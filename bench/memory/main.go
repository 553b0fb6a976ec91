package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

func servers() []peer.Server { return slices.Concat(peer.Plain(), peer.TLS()) }

func run(args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "serve":
			return peer.Command(servers(), args[1:])
		case "hold":
			return holdCommand(args[1:])
		}
	}
	return measureCommand(args)
}
