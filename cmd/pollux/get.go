package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/pollux-net/pollux/cmd/pollux/internal/fetch"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

type getCommand struct {
	URL         string        `arg:"" optional:"" help:"An http or https URL; without one, that of a TLS server started for the occasion."`
	Output      string        `short:"o" placeholder:"FILE" help:"Write the body to a file; - is standard output, and all else goes to standard error."`
	Head        bool          `short:"I" help:"Ask for the headers only."`
	Header      []string      `short:"H" sep:"none" placeholder:"NAME:VALUE" help:"Send a header; may be repeated."`
	Nonblocking bool          `help:"Make nonblocking calls around select instead of blocking ones."`
	Timeout     time.Duration `default:"30s" help:"Limit for the whole request; 0 for none."`
	Cert        string        `placeholder:"FILE" help:"Our own certificate chain, PEM."`
	Key         string        `placeholder:"FILE" help:"Its key, PEM, if it is not in the same file."`
	Verbose     bool          `short:"v" help:"Log every step with its time to standard error, and show all headers."`

	Trust trust `embed:""`

	target fetch.Target
	header http.Header
	host   string
}

// Help is shown by pollux get --help.
func (*getCommand) Help() string {
	return `Shows what TLS has negotiated, the response's status and headers, and its body. Redirects are shown and not followed; proxy settings of the environment are not used. A body that the server cut off is an error, also when only TLS can tell.

Examples:
  pollux get                               # blocking calls, a server of its own
  pollux get --nonblocking --verbose       # the same around select
  pollux get --head https://example.com/
  pollux get -o page.html --timeout 5s http://[::1]:8080/
  pollux get --ca ca.pem https://localhost:8443/chunked/1000`
}

// Validate checks the arguments, so that mistakes are those of the command
// line.
func (g *getCommand) Validate() (err error) {
	if g.URL != "" {
		if g.target, err = fetch.ParseTarget(g.URL); err != nil {
			return err
		}
	}
	switch {
	case g.Timeout < 0:
		return errors.New("--timeout must not be negative")
	case g.Key != "" && g.Cert == "":
		return errors.New("--key needs --cert")
	case g.URL == "" && g.Trust != trust{}:
		return errors.New("--ca and --insecure need a URL")
	}
	if err := g.Trust.check(); err != nil {
		return err
	}
	g.header, g.host, err = parseHeaders(g.Header)
	return err
}

// Run makes the request.
func (g *getCommand) Run(env *environment) (err error) {
	ctx, stop := env.interruptible(context.Background())
	defer stop()
	group, err := reactor.NewGroup(reactor.Config{Loops: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.Close()) }()
	opts := &fetch.Options{
		Target: g.target, Method: http.MethodGet, Header: g.header, Host: g.host, Group: group,
		Nonblocking: g.Nonblocking, Deadline: reactor.Never, Log: env.logger(g.Verbose),
	}
	if g.Head {
		opts.Method = http.MethodHead
	}
	if opts.TLS, err = g.tls(); err != nil {
		return err
	}
	if g.URL == "" {
		demo, err := startDemo(group, opts)
		if err != nil {
			return err
		}
		defer demo.stop()
	}
	if g.Timeout > 0 {
		opts.Deadline = reactor.Now() + int64(g.Timeout)
	}
	err = g.fetch(ctx, env, opts)
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// tls makes the client's side of TLS.
func (g *getCommand) tls() (*tlsbridge.Context, error) {
	ctx, err := g.Trust.context()
	if err != nil {
		return nil, err
	}
	if err := ctx.SetALPNProtocols("http/1.1"); err != nil {
		return nil, err
	}
	if g.Cert == "" {
		return ctx, nil
	}
	return ctx, loadCertChain(ctx, g.Cert, g.Key)
}

// fetch makes the request and shows the answer.
func (g *getCommand) fetch(ctx context.Context, env *environment, opts *fetch.Options) error {
	e, err := fetch.Do(ctx, opts)
	if err != nil {
		return err
	}
	defer e.Close()
	info := env.stdout
	if g.Output == "-" {
		info = env.stderr
	}
	r := report{out: info, all: g.Verbose || g.Head, insecure: g.Trust.Insecure}
	r.before(e)
	if r.err != nil {
		return r.err
	}
	if err := g.body(env, e); err != nil {
		return err
	}
	r.after(e)
	return r.err
}

// body copies the body to where it belongs.
func (g *getCommand) body(env *environment, e *fetch.Exchange) (err error) {
	out := env.stdout
	if g.Output != "" && g.Output != "-" {
		file, err := os.Create(g.Output)
		if err != nil {
			return ofFile("--output", g.Output, err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	_, err = io.Copy(out, e)
	return err
}

// parseHeaders reads "Name: value" arguments. A Host is kept apart, as
// net/http has it.
func parseHeaders(args []string) (header http.Header, host string, err error) {
	header = http.Header{"User-Agent": {"pollux"}}
	own := make(http.Header)
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, ":")
		value = strings.TrimSpace(value)
		if !ok || !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			return nil, "", fmt.Errorf("--header %q: want NAME:VALUE", arg)
		}
		own.Add(name, value)
	}
	for name, values := range own {
		header[name] = values
	}
	host = header.Get("Host")
	header.Del("Host")
	return header, host, nil
}

// isToken reports whether s is a header's name, RFC 9110 section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}
