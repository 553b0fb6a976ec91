package peer

import (
	"crypto/tls"
	"net"
)

// serveTLS is the textbook server of crypto/tls: a goroutine per connection.
func serveTLS(cfg Config) error {
	listener, err := listenTLS(cfg)
	if err != nil {
		return err
	}
	cfg.Ready(listener.Addr().String())
	return acceptAndEcho(listener, cfg.Buffer)
}

func listenTLS(cfg Config) (net.Listener, error) {
	tlsConfig, err := serverTLS()
	if err != nil {
		return nil, err
	}
	return tls.Listen("tcp", cfg.Addr, tlsConfig)
}
