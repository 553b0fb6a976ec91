package main

import (
	"github.com/pollux-net/pollux/bench/internal/peer"
	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// servePolluxTLSBlocking is the textbook server on tlsbridge: a goroutine and
// a buffer per connection, which receives record by record.
func servePolluxTLSBlocking(cfg peer.Config) error { return serveTLSSockets(cfg, tlsbridge.Options{}) }

// servePolluxTLSAhead is the same, receiving what there is.
func servePolluxTLSAhead(cfg peer.Config) error {
	return serveTLSSockets(cfg, tlsbridge.Options{ReadAhead: true})
}

func serveTLSSockets(cfg peer.Config, opts tlsbridge.Options) error {
	ctx, err := peer.PolluxTLS()
	if err != nil {
		return err
	}
	return serveSockets(cfg, func(conn *fdsock.Socket) error {
		s, err := ctx.Wrap(conn, opts)
		if err == nil {
			go echoTLSSocket(s, cfg.Buffer)
		}
		return err
	})
}

func echoTLSSocket(s *tlsbridge.Socket, bufferSize int) {
	defer func() { _ = s.Close() }() // nobody is left to be told
	buffer := make([]byte, bufferSize)
	for {
		n, err := s.RecvInto(buffer)
		if n == 0 || err != nil {
			return
		}
		if err := s.SendAll(buffer[:n]); err != nil {
			return
		}
	}
}
