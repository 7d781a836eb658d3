package schema

import (
	"fmt"
	"regexp"
	"strings"
)

// Secret is a value that must not be shown. It is given in clear, or by reference to an environment variable
// or a file; it prints as *** in every format, so it can travel in values that are logged by mistake.
type Secret struct {
	value string
	// Env and File say where the value is to be found; both empty means that it was written in clear.
	Env, File string
	// Pos is where the preseed names it.
	Pos Position
}

// NewSecret returns a secret with a value in clear.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value in clear, empty for a secret by reference that was not resolved.
func (s Secret) Reveal() string { return s.value }

// Resolved returns a copy that has the value.
func (s Secret) Resolved(value string) Secret { s.value = value; return s }

// IsZero reports whether there is neither a value nor a reference.
func (s Secret) IsZero() bool { return s.value == "" && s.Env == "" && s.File == "" }

// Same reports whether both say the same value, or name the same place of it.
func (s Secret) Same(other Secret) bool {
	return s.value == other.value && s.Env == other.Env && s.File == other.File
}

// String never shows the value.
func (s Secret) String() string { return "***" }

// GoString never shows the value.
func (s Secret) GoString() string { return "schema.Secret(***)" }

// Format never shows the value, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }

// MarshalJSON never shows the value.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"***"`), nil }

// SecretIsSet stands for the value of a secret key on the live side: it is set, and readers do not pass it on.
const SecretIsSet = "(set)"

const secretOpen, secretClose = "${secret:", "}"

// SecretMark is the text that stands for the secret of that name in an Object's Config and in a Step's body.
// The executor puts the value in at the last moment; see [SecretName].
func SecretMark(name string) string { return secretOpen + name + secretClose }

// SecretName returns the name inside a text made by SecretMark.
func SecretName(text string) (string, bool) {
	name, ok := strings.CutPrefix(text, secretOpen)
	if !ok || !strings.HasSuffix(name, secretClose) {
		return "", false
	}
	return strings.TrimSuffix(name, secretClose), true
}

var passwordInURL = regexp.MustCompile(`(://[^/:@\s]*:)[^/\s]+@`)

// HasPassword reports a text with a URL that has a password, such as a proxy's.
func HasPassword(text string) bool { return WithoutPasswords(text) != text }

// WithoutPasswords returns the text with *** for the passwords of its URLs.
func WithoutPasswords(text string) string {
	if !strings.Contains(text, "://") {
		return text // as nearly all
	}
	return passwordInURL.ReplaceAllString(text, "${1}***@")
}
