/// The documentation of all keys, made from the table that the parser reads.
module MtrlFunctional.Experiments.Reference

open System

/// A default as text of the documentation: first the usual one, then what other group words
/// make of it.
let private defaultText (agents: AgentChoice list) (key: Key) =
    let print choices =
        match key.Default choices with
        | _ when key.Path = "defaults.env" -> "must be given"
        | Value.Text "" -> "empty"
        | Value.Text text -> $"`{text}`"
        | value ->
            match ValueText.print value with
            | text when text.Length > 60 -> "see `mtrl config`"
            | text -> $"`{text}`"

    let usual = Choices.standard
    let others = Map.ofList (Origin.others agents usual)

    let differing =
        [
            for group in [ "agent"; "env"; "setup"; "fidelity" ] do
                for word, choices in others[group] -> $"{group}={word}", choices
        ]
        |> List.map (fun (word, choices) -> word, print choices)
        |> List.filter (fun (_, text) -> text <> print usual)
        |> List.groupBy snd
        |> List.map (fun (text, words) ->
            // The many agents that share the scalars of `sac` count as one.
            let shown = words |> List.map fst |> List.truncate 2 |> String.concat ", "
            let more = if words.Length > 2 then ", …" else ""
            $"{text} with {shown}{more}")

    String.Join("; ", print usual :: differing)

let private row agents (key: Key) =
    let escape (text: string) = text.Replace("|", "\\|")

    let effect =
        match key.Effect with
        | Effect.Used -> "used"
        | Effect.Ignored why -> $"accepted, no effect: {why}"

    let cells = [
        $"`{Table.written key.Path}`"
        escape (defaultText agents key)
        escape key.Allowed
        escape key.Meaning
        escape effect
    ]

    "| " + String.Join(" | ", cells) + " |"

/// Keys of one part of the table.
let private section agents (title: string) (keys: Key list) = [
    $"## {title}"
    ""
    "| key | default | must be | meaning | effect here |"
    "|---|---|---|---|---|"
    yield! List.map (row agents) keys
    ""
]

let private opening = [
    "# Configuration"
    ""
    "Every key that `mtrl train` and `mtrl config` understand. This page is made by"
    "`mtrl config --keys`, from the table that the parser reads; a test keeps it up to date."
    ""
    "Words are as in the papers' Hydra commands:"
    ""
    "| word | meaning |"
    "|---|---|"
    "| `env=name`, `agent=name`, `setup=name` | choose a group of defaults |"
    "| `key=value` | set a key; the last one wins |"
    "| `+key=value` | set a key that may be new; a new one is accepted with a warning, for nothing reads it |"
    "| `++key=value` | as `+key=value` |"
    "| `~key`, `~key=value` | set a key to null, if it may be null (and has that value) |"
    "| `setup.seed=n` | short for `setup.seed_ref=n setup.num_seeds=1` |"
    "| `agent.builder.agent_cfg.x=…`, `agent.task_agent.agent_cfg.x=…` | `agent.builder.x=…` |"
    ""
    "With `-m`, `key=a,b`, `key=choice(a, b)` and `key=range(1, 4)` run every combination of their values."
    ""
    "Values: `1280`, `3e-4`, `True`, `null`, `text`, `'quoted, text'`, `[a, b]`, `{a: 1}`. `${a.b}` stands"
    "for the value of another key, also one that is overridden elsewhere; `key='${node}'` makes all"
    "keys below `key` follow those below `node`."
    ""
    "A key whose value is a text keeps it as it was typed: `setup.name=1.10` is no `1.1`. Whole numbers may be written `1e6`,"
    "`1280.0`, `1,000,000`, `200k` or `1.5M`. In a path, `~` and variables such as `$HOME` are filled in."
    ""
    "A launch in front of the words, such as `PYTHONPATH=. nohup python3 -u main.py`, is dropped. Options, keys and groups of"
    "Hydra itself (`--cfg`, `hydra.run.dir=…`, `agent/optimizers=…`, `${oc.env:…}`) and words of forks of mtrl are answered with"
    "what does the same here."
    ""
    "`mtrl list agents` and `mtrl list envs` list those that can be chosen."
    ""
    "\"Ours\" marks keys that the original programs do not have. Keys with other defaults than the"
    "originals: `setup.base_path` (originally null), `setup.device` (cuda:0), `logger.use_tb` (false), `agent` (sac),"
    "`agent.transition_model.transition_cfg.type` (the empty word, which is read as deterministic)."
    ""
]

/// The page docs/reference/configuration.md, of the library with additions.
let markdown added =
    let table = Table.create added

    let part (key: Key) =
        match key.Path.Split '.' with
        | [| single |] -> single
        | [| "defaults"; _ |] -> "fidelity"
        | parts when parts[0] = "agent" && parts.Length > 2 -> $"agent.{parts[1]}"
        | parts -> parts[0]

    let titled =
        Table.keys table
        |> List.groupBy part
        |> List.collect (fun (title, keys) ->
            section table.Agents (if title = "fidelity" then "Groups" else title) keys)

    String.Join("\n", opening @ titled)
