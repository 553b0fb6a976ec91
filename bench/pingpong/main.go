package main

import "github.com/pollux-net/pollux/bench/internal/lab"

var program = lab.Program{
	Name: "pingpong", Servers: servers, Measure: measureCommand,
	Parts: map[string]func([]string) error{"client": clientCommand},
}

func main() { program.Main() }
