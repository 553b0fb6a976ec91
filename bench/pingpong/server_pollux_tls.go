package main

import (
	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// polluxTLS is the context of the TLS servers on Pollux.
func polluxTLS() (*tlsbridge.Context, error) {
	tlsConfig, err := serverTLS()
	if err != nil {
		return nil, err
	}
	ctx, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	if err != nil {
		return nil, err
	}
	ctx.AddCertificate(tlsConfig.Certificates[0])
	return ctx, nil
}

// servePolluxTLS echoes in the loop's callbacks, through the TLS filter.
func servePolluxTLS(cfg config) error {
	ctx, err := polluxTLS()
	if err != nil {
		return err
	}
	return serveStream(cfg, ctx.Filter())
}

// servePolluxTLSBlocking is the textbook server on tlsbridge: a goroutine and
// a buffer per connection, which receives record by record.
func servePolluxTLSBlocking(cfg config) error { return serveTLSSockets(cfg, tlsbridge.Options{}) }

// servePolluxTLSAhead is the same, receiving what there is.
func servePolluxTLSAhead(cfg config) error {
	return serveTLSSockets(cfg, tlsbridge.Options{ReadAhead: true})
}

func serveTLSSockets(cfg config, opts tlsbridge.Options) error {
	ctx, err := polluxTLS()
	if err != nil {
		return err
	}
	return serveSockets(cfg, func(conn *fdsock.Socket) error {
		s, err := ctx.Wrap(conn, opts)
		if err == nil {
			go echoTLSSocket(s, cfg.buffer)
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
