package fetch

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// Target is where a request goes.
type Target struct {
	URL    *url.URL
	Host   string // a name or an address, an IPv6 one without brackets
	Port   int
	Secure bool
}

var (
	errScheme   = errors.New("must begin with http:// or https://")
	errHost     = errors.New("has no host")
	errUserinfo = errors.New("user and password in a URL are not supported: use --header 'Authorization: ...'")
	errPort     = errors.New("port must be 1-65535")
	errASCII    = errors.New("host name must be ASCII: use its xn-- form")
)

// ParseTarget takes an http or https URL apart. Any goroutine.
func ParseTarget(raw string) (Target, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return Target{}, err
	}
	t := Target{URL: u, Host: u.Hostname(), Port: 80, Secure: u.Scheme == "https"}
	if t.Secure {
		t.Port = 443
	}
	if port := u.Port(); port != "" {
		t.Port, _ = strconv.Atoi(port) // url.Parse allows digits only; what is too long is 0
	}
	if err := t.check(); err != nil {
		shown := raw
		if u.User != nil {
			shown = u.Redacted()
		}
		return Target{}, fmt.Errorf("%s: %w", shown, err)
	}
	return t, nil
}

func (t *Target) check() error {
	switch {
	case t.URL.Scheme != "http" && t.URL.Scheme != "https", t.URL.Opaque != "":
		return errScheme
	case t.Host == "":
		return errHost
	case t.URL.User != nil:
		return errUserinfo
	case t.Port < 1 || t.Port > 65535:
		return errPort
	}
	for i := range len(t.Host) {
		if t.Host[i] >= 0x80 {
			return errASCII
		}
	}
	return nil
}
