package tlsbridge_test

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

func curlClient(t *testing.T) *peer {
	t.Helper()
	exe, absent := find("curl", "--version")
	ca, of := onDisk(t)
	return &peer{
		name: "curl", http: true, absent: absent,
		lacks: func(x exam) string {
			switch x.feat {
			case featKeyUpdate, featAgain:
				return "curl has no option for it"
			case featResumption:
				if x.version == tlsbridge.TLSv1_2 {
					return "curl switches the tickets of TLS 1.2 off, and crypto/tls resumes by nothing else"
				}
				return ""
			default:
				return ""
			}
		},
		client: func(t *testing.T, x exam, port int) error {
			t.Helper()
			id := of(x)
			args := []string{
				"--silent", "--show-error", "--max-time", "20", "--cacert", ca, "--noproxy", "*", "--http1.1",
				"--resolve", fmt.Sprintf("%s:%d:127.0.0.1", serverName, port), "--tlsv" + strings.TrimPrefix(x.version.String(), "TLSv"),
				"--tls-max", strings.TrimPrefix(x.version.String(), "TLSv"),
			}
			if x.feat == featClientCert {
				args = append(args, "--cert", id.ccert, "--key", id.ckey)
			}
			want := strings.Repeat(x.message(), x.connections())
			if x.feat == featSTARTTLS {
				args = append(args, "--ssl-reqd", "-X", "NOOP", fmt.Sprintf("smtp://%s:%d", serverName, port))
				want = "250 ok\r\n"
			}
			for range x.connections() {
				if x.feat != featSTARTTLS {
					args = append(args, fmt.Sprintf("https://%s:%d/", serverName, port))
				}
			}
			out, err := exec.CommandContext(t.Context(), exe, args...).CombinedOutput()
			if err == nil && string(out) != want {
				err = errors.New("not the message")
			}
			if err != nil {
				return fmt.Errorf("%w: %.200q", err, out)
			}
			return nil
		},
	}
}
