package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/pollux-net/pollux/fdsock"
)

// resolve finds the addresses of the target's host, in the order to try them.
func (o *Options) resolve(ctx context.Context) ([]netip.Addr, error) {
	const op = "getaddrinfo"
	time, err := left(o.Deadline, op)
	if err != nil {
		return nil, err
	}
	if time >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time)
		defer cancel()
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", o.Target.Host)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = timedOut(op)
	} else if err != nil {
		err = gaiError(o.Target.Host, err)
	}
	if err != nil {
		return nil, &StepError{Step: "resolve", Err: err}
	}
	for i, a := range addrs {
		addrs[i] = a.Unmap()
	}
	o.Log.Debug("resolved", "host", o.Target.Host, "addresses", addrs)
	return addrs, nil
}

// gaiError gives a resolver's error the words of getaddrinfo(3).
func gaiError(host string, err error) error {
	e := &fdsock.GAIError{Code: -4, Text: "Non-recoverable failure in name resolution", Host: host, Err: err}
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
	case dns.IsNotFound:
		e.Code, e.Text = -2, "Name or service not known"
	case dns.IsTemporary || dns.IsTimeout:
		e.Code, e.Text = -3, "Temporary failure in name resolution"
	}
	return e
}
