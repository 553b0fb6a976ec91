package tlsbridge_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func goLacks(x exam) string {
	if x.feat == featKeyUpdate {
		return "crypto/tls has no call for it"
	}
	return ""
}

func goConfig(x exam, server bool) *tls.Config {
	id := identities()[x.key]
	c := &tls.Config{ServerName: serverName, RootCAs: pki().authority.Pool(), MinVersion: uint16(x.version), MaxVersion: uint16(x.version)}
	if server {
		c.Certificates = []tls.Certificate{id.server.TLS()}
	}
	switch x.feat {
	case featALPN:
		c.NextProtos = []string{alpnName}
	case featClientCert:
		if server {
			c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, pki().authority.Pool()
		} else {
			c.Certificates = []tls.Certificate{id.client.TLS()}
		}
	case featResumption:
		c.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	return c
}

func goClient() *peer {
	return &peer{name: "Go client", lacks: goLacks, client: func(_ *testing.T, x exam, port int) error {
		config := goConfig(x, false)
		for n := range x.connections() {
			if err := goVisit(x, config, port, n); err != nil {
				return err
			}
		}
		return nil
	}}
}

func goVisit(x exam, config *tls.Config, port, n int) error {
	raw, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		return err
	}
	defer raw.Close()
	if err := raw.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if x.feat == featSTARTTLS {
		if err := goDialog(raw, "", "220", "EHLO x\r\n", "250-", "", "250", "STARTTLS\r\n", "220"); err != nil {
			return err
		}
	}
	c := tls.Client(raw, config)
	if err := goHear(c, x, n); err != nil || x.feat != featAgain {
		return err
	}
	if err := goLine(raw); err != nil {
		return err
	}
	return goHear(tls.Client(raw, config), x, n)
}

// goHear sends the message, wants it back, and leaves with a farewell.
func goHear(c *tls.Conn, x exam, n int) error {
	if err := exchange(c, []byte(x.message())); err != nil {
		return err
	}
	state := c.ConnectionState()
	switch {
	case x.feat == featALPN && state.NegotiatedProtocol != alpnName:
		return fmt.Errorf("protocol %q", state.NegotiatedProtocol)
	case x.feat == featResumption && state.DidResume != (n > 0):
		return fmt.Errorf("connection %d: resumed is %v", n, state.DidResume)
	}
	if x.feat != featUnwrap && x.feat != featAgain {
		return c.Close()
	}
	if err := c.CloseWrite(); err != nil {
		return err
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return fmt.Errorf("after the farewell: %d, %w", n, err)
	}
	return nil
}

// goLine sends a line in clear and wants it back.
func goLine(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil { // tls.Conn.CloseWrite has ended writing by one
		return err
	}
	msg := []byte("clear\n")
	if _, err := c.Write(msg); err != nil {
		return err
	}
	got := make([]byte, len(msg))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, msg) {
		return fmt.Errorf("in clear: %q, %w", got, err)
	}
	return nil
}

// goDialog sends a text and reads a line by turns. The peer says nothing
// unasked, so a buffered reader takes no more than that.
func goDialog(c net.Conn, turns ...string) error {
	r := bufio.NewReader(c)
	for i := 0; i < len(turns); i += 2 {
		if _, err := io.WriteString(c, turns[i]); err != nil {
			return err
		}
		line, err := r.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, turns[i+1]) {
			return fmt.Errorf("%q, %w instead of %q", line, err, turns[i+1])
		}
	}
	return nil
}

func goServer() *peer {
	return &peer{name: "Go server", lacks: goLacks, server: func(t *testing.T, x exam) (int, func() error) {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		t.Cleanup(func() { _ = l.Close() })
		config := goConfig(x, true)
		done := make(chan error, 1)
		go func() {
			var err error
			for n := 0; n < x.connections() && err == nil; n++ {
				var c net.Conn
				if c, err = l.Accept(); err == nil {
					_ = c.SetDeadline(time.Now().Add(patience))
					err = goServe(x, config, c)
					_ = c.Close()
				}
			}
			done <- err
		}()
		return l.Addr().(*net.TCPAddr).Port, func() error { _ = l.Close(); return <-done }
	}}
}

func goServe(x exam, config *tls.Config, raw net.Conn) error {
	if x.feat == featSTARTTLS {
		if err := goDialog(raw, "220 go\r\n", "EHLO", "250-go\r\n250 STARTTLS\r\n", "STARTTLS"); err != nil {
			return err
		}
		if _, err := io.WriteString(raw, "220 go\r\n"); err != nil {
			return err
		}
	}
	if err := goEcho(tls.Server(raw, config)); err != nil || x.feat != featAgain {
		return err
	}
	if err := goLine(raw); err != nil {
		return err
	}
	return goEcho(tls.Server(raw, config))
}

func goEcho(c *tls.Conn) error {
	_, err := io.Copy(c, c)
	return errors.Join(err, c.CloseWrite())
}
