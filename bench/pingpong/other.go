//go:build !linux

package main

import (
	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

func (load) run() (sample, error) { return sample{}, child.ErrLinuxOnly }

func serveUDPRaw(peer.Config) error { return child.ErrLinuxOnly }
