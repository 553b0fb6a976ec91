package main

import (
	"context"
	"time"

	"github.com/pollux-net/pollux/cmd/pollux/internal/app"
	"github.com/pollux-net/pollux/cmd/pollux/internal/fetch"
	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// demo is the HTTPS server that pollux get talks to when it has no other, on
// the same loop.
type demo struct{ server *stream.Server }

// startDemo starts the server and points the request to it. The client trusts
// the server's authority, and nobody else.
func startDemo(group *reactor.Group, opts *fetch.Options) (*demo, error) {
	authority, err := certs.NewAuthority(certs.Options{CommonName: "Pollux demo authority"})
	if err != nil {
		return nil, err
	}
	if err := opts.TLS.LoadVerifyData(authority.PEM()); err != nil {
		return nil, err
	}
	pair, err := authority.Issue(certs.Leaf{Usage: certs.Server})
	if err != nil {
		return nil, err
	}
	tls, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	if err != nil {
		return nil, err
	}
	tls.AddCertificate(pair.TLS())
	if err := tls.SetALPNProtocols("http/1.1"); err != nil {
		return nil, err
	}
	handler, err := app.New("http", app.Content{}, new(app.Counters), nil)
	if err != nil {
		return nil, err
	}
	server, err := stream.Serve("127.0.0.1:0", stream.Config{
		Group: group, Handler: handler, Filter: tls.Filter(), HighWater: app.HighWater,
	})
	if err != nil {
		return nil, err
	}
	opts.Log.Debug("serving", "address", server.Addr())
	opts.Target, err = fetch.ParseTarget("https://" + server.Addr().String() + "/")
	return &demo{server}, err
}

// stop ends the server. By then the client has closed its connection.
func (d *demo) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.server.Shutdown(ctx) // it aborts what does not end
}
