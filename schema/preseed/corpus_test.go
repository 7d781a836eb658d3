package preseed_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// corpus says what is wrong with each file of a folder of preseeds that strangers wrote: the codes of its errors, ""
// for a valid one. They are judged for LXD 5.0.2. Where this is kinder than the daemon, a warning says
// so: keys that an older lxd init printed, empty sections of a newer one. Many are templates that a shell has not
// run over; most of those are refused for their placeholders.
var corpus = map[string]string{
	"001": "certificate", "002": "", "003": "", "004": "syntax", "005": "syntax", "006": "template token", "007": "unknown-key",
	"008": "", "009": "", "010": "syntax", "011": "", "012": "address template", "013": "template", "014": "",
	"015": "template", "016": "template", "017": "template", "018": "syntax", "019": "", "020": "certificate",
	"021": "template", "022": "template", "023": "syntax", "024": "template", "025": "template",
	"026": "", "027": "", "028": "value",
	"029": "elided-certificate join token", "030": "certificate", "031": "", "032": "", "033": "elided-certificate",
	"034": "empty", "035": "", "036": "", "037": "template", "038": "", "039": "template", "040": "", "041": "",
	"042": "", "043": "", "044": "", "045": "duplicate", "046": "name template unknown-key",
	"047": "join template", "048": "value", "049": "template", "050": "template", "051": "template", "052": "",
	"053": "token", "054": "", "055": "syntax", "056": "", "057": "template", "058": "template", "059": "template",
	"060": "template", "061": "template", "062": "join template", "063": "", "064": "", "065": "", "066": "template",
	"067": "", "068": "", "069": "", "070": "template unknown-key", "071": "", "072": "syntax", "073": "", "074": "", "075": "",
	"076": "", "077": "syntax", "078": "",
}

// TestCorpus runs where CLUSTERCTL_CORPUS names the folder; its files are not ours to copy.
func TestCorpus(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CLUSTERCTL_CORPUS")
	if folder == "" {
		t.Skip("CLUSTERCTL_CORPUS names no folder of preseeds")
	}
	for number, want := range corpus {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join(folder, number+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			_, diagnostics := preseed.Decode(kinds.Registry(), []preseed.Input{{Name: number + ".yaml", Data: data}})
			var codes []string
			for _, d := range diagnostics {
				if d.Severity == schema.SeverityError {
					codes = append(codes, string(d.Code))
				}
			}
			slices.Sort(codes)
			if got := strings.Join(slices.Compact(codes), " "); got != want {
				t.Errorf("got the errors %q, want %q:\n%s", got, want, textOf(diagnostics))
			}
		})
	}
}
