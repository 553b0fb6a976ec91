package main

import "crypto/tls"

// serveTLS is the textbook server of crypto/tls: a goroutine per connection.
func serveTLS(cfg config) error {
	tlsConfig, err := serverTLS()
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", cfg.addr, tlsConfig)
	if err != nil {
		return err
	}
	cfg.ready(listener.Addr().String())
	return acceptAndEcho(listener, cfg.buffer)
}
