package peer

import (
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// echo is the callback server's handler: it answers from the loop.
type echo struct{}

func (echo) Open(*stream.Conn) {}

func (echo) Data(c *stream.Conn, p []byte) int {
	c.Write(p)
	return len(p)
}

func (echo) Drained(*stream.Conn)      {}
func (echo) EOF(c *stream.Conn)        { c.Close() }
func (echo) Close(*stream.Conn, error) {}

// servePollux echoes in the loop's callbacks.
func servePollux(cfg Config) error { return serveStream(cfg, stream.Config{Handler: newEcho}) }

func newEcho(*stream.Conn) stream.Handler { return echo{} }

// servePolluxTLS does the same through the TLS filter.
func servePolluxTLS(cfg Config) error {
	ctx, err := PolluxTLS()
	if err != nil {
		return err
	}
	return serveStream(cfg, stream.Config{Handler: newEcho, Filter: ctx.Filter()})
}

func serveStream(cfg Config, config stream.Config) (err error) {
	if config.Group, err = reactor.NewGroup(reactor.Config{Loops: cfg.Loops}); err != nil {
		return err
	}
	server, err := stream.Serve(cfg.Addr, config)
	if err != nil {
		return err
	}
	cfg.Ready(server.Addr().String())
	select {}
}

// PolluxTLS is the context of the TLS servers on Pollux.
func PolluxTLS() (*tlsbridge.Context, error) {
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
