//go:build !linux

package main

import "github.com/pollux-net/pollux/bench/internal/child"

func limitDescriptors(int, int) error { return child.ErrLinuxOnly }

func lowerPriority() error { return child.ErrLinuxOnly }
