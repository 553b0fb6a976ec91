package fdsock_test

import "github.com/pollux-net/pollux/reactor"

const (
	input    = reactor.Input
	output   = reactor.Output
	priority = reactor.Priority
)
