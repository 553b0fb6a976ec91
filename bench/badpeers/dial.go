package main

import (
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

const dialTimeout = 10 * time.Second

// dial connects and, for TLS, shakes hands.
func dial(addr string, useTLS bool) (peer.Conn, error) {
	return peer.Dial(addr, nil, useTLS, dialTimeout)
}
