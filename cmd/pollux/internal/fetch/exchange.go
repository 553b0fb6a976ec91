package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"

	"github.com/pollux-net/pollux/tlsbridge"
)

const (
	// maxHead bounds the memory that a response's headers may take.
	maxHead = 1 << 20
	// maxInterim bounds how many 1xx responses may come before the final one.
	maxInterim = 16
)

var (
	errNoAnswer = errors.New("the server closed the connection without an answer")
	errTooMany  = errors.New("too many interim responses")
	errSpeaks   = errors.New("the server answers in TLS: use https://")
)

// Exchange is a request that has been answered.
type Exchange struct {
	// Security is nil for http.
	Security *Security
	// Interim are the 1xx responses that came before the final one.
	Interim []*http.Response
	// Response is the final one. Its body is read from [Exchange.Read].
	Response *http.Response

	link     *link
	input    budget
	reader   *bufio.Reader
	received int64
	whole    bool // the response has been received to its end
}

// budget is a reader that ends with an error when too much is read.
type budget struct {
	io.Reader
	left int64
}

var errBudget = errors.New("response headers are too long")

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBudget
	}
	n, err := b.Reader.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// Do makes the request and returns once the final response's headers are
// there. The caller reads the body and closes the exchange.
func Do(ctx context.Context, o *Options) (*Exchange, error) {
	l, err := o.dial(ctx)
	if err != nil {
		return nil, err
	}
	e := &Exchange{link: l, input: budget{Reader: l, left: maxHead}}
	e.reader = bufio.NewReader(&e.input)
	if err := e.run(ctx, o); err != nil {
		l.close()
		return nil, err
	}
	return e, nil
}

func (e *Exchange) run(ctx context.Context, o *Options) error {
	if o.Target.Secure {
		if err := e.link.secure(o.TLS, o.Target.Host); err != nil {
			return &StepError{Step: "TLS handshake with " + o.Target.URL.Host, Err: err}
		}
		s := e.link.tls
		e.Security = &Security{Version: s.Version(), Cipher: s.Cipher().Name, Peer: s.PeerCertificates()}
	}
	req, err := o.request(ctx)
	if err != nil {
		return err
	}
	o.Log.Debug("request", "method", req.Method, "path", req.URL.RequestURI(), "host", req.Host)
	if err := req.Write(e.link); err != nil {
		return &StepError{Step: "send request to " + o.Target.URL.Host, Err: err}
	}
	if err := e.receive(req); err != nil {
		return &StepError{Step: "receive response from " + o.Target.URL.Host, Err: err}
	}
	e.input.left = math.MaxInt64
	return nil
}

func (o *Options) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, o.Method, o.Target.URL.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header = o.Header.Clone()
	if o.Host != "" {
		req.Host = o.Host
	}
	req.Close = req.Header.Get("Connection") == ""
	return req, nil
}

// receive reads responses until the final one.
func (e *Exchange) receive(req *http.Request) error {
	for range maxInterim + 1 {
		if err := e.peek(); err != nil {
			return err
		}
		resp, err := http.ReadResponse(e.reader, req)
		if err != nil {
			return err
		}
		e.link.log.Debug("response", "status", resp.StatusCode)
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			e.Response = resp
			return nil
		}
		e.Interim = append(e.Interim, resp)
	}
	return errTooMany
}

// peek tells an end and a TLS record from a response.
func (e *Exchange) peek() error {
	const alert, handshake = 0x15, 0x16
	first, err := e.reader.Peek(1)
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %w", errNoAnswer, io.ErrUnexpectedEOF)
	case err != nil:
		return err
	case e.link.tls == nil && (first[0] == alert || first[0] == handshake):
		return errSpeaks
	}
	return nil
}

// Read reads the body. An error says how much had come; io.EOF is an orderly
// end, and only that.
func (e *Exchange) Read(p []byte) (int, error) {
	n, err := e.Response.Body.Read(p)
	e.received += int64(n)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		e.whole = true
		return n, io.EOF
	}
	what := "receive body"
	if errors.Is(err, io.ErrUnexpectedEOF) || tlsbridge.SSLEOFError(err) {
		what += ": truncated"
	}
	what += fmt.Sprintf(" after %d", e.received)
	if total := e.Response.ContentLength; total > 0 {
		what += fmt.Sprintf(" of %d", total)
	}
	return n, &StepError{Step: what + " bytes", Err: err}
}

// Framing says what ends the body.
func (e *Exchange) Framing() string {
	resp := e.Response
	switch {
	case resp.Body == http.NoBody:
		return "none"
	case len(resp.TransferEncoding) > 0:
		return "chunked"
	case resp.ContentLength >= 0:
		return "content-length"
	}
	return "end of connection"
}

// Close ends the connection: with a farewell if the whole response was
// received.
func (e *Exchange) Close() {
	if e.whole {
		e.link.farewell()
	}
	e.link.close()
	e.link.log.Debug("closed", "body", e.received)
}
