package main

import (
	"slices"

	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

var program = lab.Program{
	Name: "memory", Servers: servers, Measure: measureCommand,
	Parts: map[string]func([]string) error{"hold": holdCommand},
}

func main() { program.Main() }

func servers() []peer.Server { return slices.Concat(peer.Plain(), peer.TLS()) }
