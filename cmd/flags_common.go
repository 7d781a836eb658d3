package cmd

import (
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

// limits are the flags of commands that speak to the cluster.
func (c *console) limits() []cli.Flag {
	c.Limits = session.Limits{Timeout: 5 * time.Minute, Parallelism: 10}
	timeout := span(&c.Limits.Timeout, "timeout",
		"give up reading the cluster after this `DURATION`, such as 30s or 10m; when given, apply limits each step to it, too")
	return flags(timeout, c.reading(),
		number(&c.Limits.Parallelism, 1, "parallelism", "speak to at most `N` members at once; joins follow each other whatever N is"),
		yes(&c.TrustOnFirstUse, "trust-on-first-use",
			"accept the key of an SSH host that is not known yet, and note it in your known_hosts"),
		text(&c.KnownHosts, "known-hosts", "your known_hosts is `FILE` (default: what ~/.ssh/config says, ~/.ssh/known_hosts without it)"))
}

// reading are the flags of commands that read preseeds: what these may do.
func (c *console) reading() []cli.Flag {
	return flags(
		list(&c.Trust.Env, "allow-env", "let the preseed read the environment variable `NAME` by {env: NAME}; those that begin with CLUSTERCTL_SECRET_ it may always"),
		yes(&c.Trust.Outside, "allow-outside", "let the preseed name files that are not below its folder"),
		maxInput(&c.Trust.MaxInput))
}

// look are the flags of commands that only look.
func (c *console) look(formats ...string) []cli.Flag {
	return flags(text(&c.connect, "connect", "look through the member at `URL` (ssh://USER@HOST, unix:///SOCKET, "+
		"https://HOST:8443?certificate=FILE&key=FILE&fingerprint=HEX) instead of reading files"), c.formats(formats...),
		c.limits())
}

// at is where the flags and these inputs say to look.
func (c *console) at(names []string) session.Where {
	if c.inputs = names; c.connect != "" {
		c.inputs = append([]string{"--connect", c.connect}, names...)
	}
	return session.Where{Connect: c.connect, Names: names}
}

func detailed(to *bool, when string) []cli.Flag {
	return yes(to, "detailed-exitcode", "exit with 2 when "+when)
}

// choices say how a plan is shown and what it may destroy.
func (c *console) choices(to *plan.Options) []cli.Flag {
	return flags(
		yes(&c.compact, "compact", "one line for each change, without values, and only the steps that risk something"),
		allowDestroy(to),
	)
}

// planning are the flags that say what a plan is to be about. A saved plan takes none: it was made with its own.
func planning(to *plan.Options) []cli.Flag {
	return flags(
		list(&to.Prune, "prune", "remove what is there of `KIND`, such as profiles, and not declared; still needs --allow-destroy for each"),
		yes(&to.Evacuate, "evacuate", "move instances and custom volumes off members that leave by state: absent"),
		list(&to.Targets, "target", "plan for `KIND/NAME` alone, such as profile/small, and what it needs; may be given several times"),
		list(&to.Excludes, "exclude", "leave `KIND/NAME` alone; may be given several times"),
	)
}

// rehearsing is the flag that leaves the rehearsal out.
func (c *console) rehearsing() []cli.Flag {
	return yes(&c.noRehearse, "no-rehearse", "do not carry the plan out on a copy of the cluster in memory first")
}

func allowDestroy(to *plan.Options) []cli.Flag {
	return list(&to.AllowDestroy, "allow-destroy",
		"allow the deletion of `KIND/NAME`, such as storage_pool/old, or leftovers/MEMBER; once per thing")
}

func autoApprove(to *bool) []cli.Flag {
	return yes(to, "auto-approve", "do not ask; needed where nobody can answer, such as in CI")
}

// locking are the flags of commands that change a cluster.
func (c *console) locking(to *session.LockOptions) []cli.Flag {
	return flags(
		c.journalFlag(),
		yes(&to.Off, "no-lock", "do not lock the cluster meanwhile: if somebody else changes it at the same time, steps of both fail half-way, or undo each other"),
		span(&to.Timeout, "lock-timeout", "wait for a lock that somebody else holds for this `DURATION`"),
	)
}

func (c *console) allowCommands() []cli.Flag {
	return yes(&c.AllowCommands, "allow-commands", "run the commands that the preseed has under clusterctl: service: on the members, as root")
}

// planKey is the flag for the key of saved plans. In the environment is its text, not the name of a file.
func (c *console) planKey() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "plan-key", Destination: &c.PlanKey,
		Usage: "seal saved plans with the key in `FILE`, or with its text in CLUSTERCTL_PLAN_KEY (default: one of your own, in clusterctl in XDG_STATE_HOME, ~/.local/state without it)"}}
}

func (c *console) journalFlag() []cli.Flag {
	return text(&c.journal, "journal",
		"keep the journal in `DIR` (default: clusterctl/journal in XDG_STATE_HOME, ~/.local/state without it); none for none")
}

// service is a flag for a command line that handles a daemon.
func service(to *string, name, help string) []cli.Flag {
	return text(to, name, help+"; a command line for sh that finds CLUSTERCTL_MEMBER, CLUSTERCTL_ADDRESS and LXD_DIR")
}

// server is the flag that says what to judge, or to write, for.
func server(to *schema.Flavour, help string) []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "server", EnvVars: env("server"), Usage: help,
		Action: func(_ *cli.Context, text string) error {
			server, known := schema.ParseServer(text)
			if !known {
				return usage(schema.KnownServers(), "no server %q", text)
			}
			*to = server
			return nil
		}}}
}
