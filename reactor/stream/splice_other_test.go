//go:build !linux

package stream_test

import "github.com/pollux-net/pollux/internal/sys"

func addSpliceFaults(map[string]func(sys.Call) sys.Fault) {}
