package peer

import "crypto/tls"

// serveTLS is the textbook server of crypto/tls: a goroutine per connection.
func serveTLS(cfg Config) error {
	tlsConfig, err := serverTLS()
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", cfg.Addr, tlsConfig)
	if err != nil {
		return err
	}
	cfg.Ready(listener.Addr().String())
	return acceptAndEcho(listener, cfg.Buffer)
}
