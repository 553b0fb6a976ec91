package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

// identity are the flags of a server's side of TLS.
type identity struct {
	TLS      bool   `name:"tls" help:"Speak TLS."`
	Cert     string `placeholder:"FILE" help:"Certificate chain, PEM; without one, a certificate of an authority made for the occasion. SIGHUP has it, the key and --client-ca loaded again; what cannot be loaded changes nothing."`
	Key      string `placeholder:"FILE" help:"Its key, PEM, if it is not in the same file."`
	WriteCA  string `name:"write-ca" placeholder:"FILE" help:"Write that authority to a file, for clients to trust, instead of to standard error."`
	ClientCA string `name:"client-ca" placeholder:"FILE" help:"Authorities, PEM: clients must show a certificate of one of them."`
	Workers  int    `name:"handshake-workers" default:"0" help:"How many handshakes are worked on at a time; 0 is one for each processor."`
	Waiting  int    `name:"handshake-queue" default:"0" help:"How many steps of handshakes may wait for that; connections beyond it are closed. 0 is 16384."`
}

// check finds what does not go together.
func (i *identity) check() error {
	switch {
	case !i.TLS && (i.Cert != "" || i.Key != "" || i.WriteCA != "" || i.ClientCA != "" || i.Workers != 0 || i.Waiting != 0):
		return errors.New("--cert, --key, --write-ca, --client-ca, --handshake-workers and --handshake-queue need --tls")
	case i.Key != "" && i.Cert == "":
		return errors.New("--key needs --cert")
	case i.WriteCA != "" && i.Cert != "":
		return errors.New("--write-ca is for servers without --cert")
	case i.Workers < 0, i.Waiting < 0:
		return errors.New("--handshake-workers and --handshake-queue must not be negative")
	}
	return nil
}

// reloader makes the contexts of a server whose application speaks the
// protocols. addresses are what a certificate of its own is for.
func (i *identity) reloader(env *environment, pool *tlsbridge.HandshakePool, addresses []string, protocols ...string) (*tlsbridge.Reloader, error) {
	own := certs.Pair{}
	if i.Cert == "" {
		pair, err := i.issue(env, addresses)
		if err != nil {
			return nil, err
		}
		own = *pair
	}
	return tlsbridge.NewReloader(tlsbridge.FilterConfig{Pool: pool}, func() (*tlsbridge.Context, error) {
		ctx, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
		if err != nil {
			return nil, err
		}
		if len(protocols) > 0 {
			if err := ctx.SetALPNProtocols(protocols...); err != nil {
				return nil, err
			}
		}
		if i.ClientCA != "" {
			if err := ofFile("--client-ca", i.ClientCA, ctx.LoadVerifyLocations(i.ClientCA, "")); err != nil {
				return nil, err
			}
			if err := ctx.SetVerifyMode(tlsbridge.CERT_REQUIRED); err != nil {
				return nil, err
			}
		}
		if i.Cert != "" {
			return ctx, loadCertChain(ctx, i.Cert, i.Key)
		}
		ctx.AddCertificate(own.TLS())
		return ctx, nil
	})
}

// issue makes an authority, tells who it is, and a certificate of it.
func (i *identity) issue(env *environment, addresses []string) (*certs.Pair, error) {
	authority, err := certs.NewAuthority(certs.Options{CommonName: "Pollux serve authority"})
	if err != nil {
		return nil, err
	}
	pair, err := authority.Issue(certs.Leaf{Names: []string{"localhost"}, IPs: certified(addresses), Usage: certs.Server})
	if err != nil {
		return nil, err
	}
	if i.WriteCA != "" {
		return pair, ofFile("--write-ca", i.WriteCA, os.WriteFile(i.WriteCA, authority.PEM(), 0o644))
	}
	_, err = fmt.Fprintf(env.stderr, "%s", authority.PEM())
	return pair, err
}

// certified lists the addresses that the server's own certificate is for.
func certified(hosts []string) []net.IP {
	list := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, host := range hosts {
		if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() && !ip.IsLoopback() {
			list = append(list, ip.Unmap().AsSlice())
		}
	}
	return list
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
