package main

import (
	"net"
	"net/netip"
	"os"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

// identity makes the server's side of TLS.
func (s *serveCommand) identity(env *environment) (*tlsbridge.Context, error) {
	ctx, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	if err != nil {
		return nil, err
	}
	if s.App == "http" {
		if err := ctx.SetALPNProtocols("http/1.1", "http/1.0"); err != nil {
			return nil, err
		}
	}
	if s.Cert != "" {
		return ctx, loadCertChain(ctx, s.Cert, s.Key)
	}
	authority, err := certs.NewAuthority(certs.Options{CommonName: "Pollux serve authority"})
	if err != nil {
		return nil, err
	}
	pair, err := authority.Issue(certs.Leaf{
		Names: []string{"localhost"}, IPs: s.addresses(), Usage: certs.Server,
	})
	if err != nil {
		return nil, err
	}
	ctx.AddCertificate(pair.TLS())
	if s.WriteCA != "" {
		return ctx, ofFile("--write-ca", s.WriteCA, os.WriteFile(s.WriteCA, authority.PEM(), 0o644))
	}
	_, err = env.stderr.Write(authority.PEM())
	return ctx, err
}

// addresses lists those that the server's own certificate is for.
func (s *serveCommand) addresses() []net.IP {
	list := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	host, _, _ := net.SplitHostPort(s.Addr) // Validate has done so
	if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() && !ip.IsLoopback() {
		list = append(list, ip.Unmap().AsSlice())
	}
	return list
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
