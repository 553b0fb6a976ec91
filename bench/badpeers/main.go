package main

import "github.com/pollux-net/pollux/bench/internal/lab"

var program = lab.Program{
	Name: "badpeers", Servers: servers, Measure: measureCommand,
	Parts: map[string]func([]string) error{"live": liveCommand, "bad": badCommand},
}

func main() { program.Main() }
