/// The table of all keys: parser, printer, defaults and documentation come from this one value.
module internal MtrlFunctional.Experiments.Table

open MtrlFunctional
open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery

/// The table: what a command line is read by.
type Table = {
    Added: Additions
    Catalogue: AlgorithmEntry list
    /// Words of `agent=`.
    Agents: AgentChoice list
    Algorithms: AlgorithmSchema list
    Families: FamilyRules list
    /// Models beside the library's.
    Models: TaskModel list
    /// The group words, as keys: `env=x` sets `defaults.env`.
    Choices: Schema<Choices>
    Schema: Schema<Experiment>
    ByPath: Map<string, Key>
    /// Observations and actions of the agents.
    Environment: Experiment -> EnvironmentSpec option
}

/// The word of environments by another spelling: "MT10" and "Meta-World/MT10" are metaworld-mt10, "walker-walk" is
/// dmc-walker-walk.
let tryEnvWord (given: string) =
    let name = given.ToLowerInvariant().Replace("meta-world/", "metaworld-")

    [ name; $"metaworld-{name}"; $"dmc-{name}" ]
    |> List.tryFind (fun word -> EnvChoice.all |> List.exists (fun env -> env.Name = word))

let private envs (added: FamilyRules list) =
    let words = added |> List.collect _.Words
    let named = Codec.partOrOwn EnvChoice.all words _.Name OwnWords.notGiven

    let respelled =
        function
        | Value.Text name -> Value.Text(tryEnvWord name |> Option.defaultValue name)
        | value -> value

    { named with Read = respelled >> named.Read }

let private choices (agents: AgentChoice list) envs =
    record<Choices> [
        key "fidelity" (Codec.oneOf Choices.fidelities) (is Fidelity.Corrected) _.Fidelity
        <| "the original programs as coded, or without what is an error by their own intent or their paper. Ours"

        key "defaults.setup" (Codec.oneOf Choices.setups) (is SetupChoice.MetaWorld) _.Setup
        <| "family of defaults, chosen by the word setup="

        key "defaults.env" envs (is Choices.standard.Env) _.Env
        <| "environments, chosen by the word env=, which must be given"

        key "defaults.agent" (Codec.part agents _.Name) (by (_.Env >> Choices.agentFor)) _.Agent
        <| "agent, chosen by the word agent="
    ]

let private schemaOf choices agent =
    record<Experiment> [
        part choices _.Choices
        part Behaviour.schema _.Behaviour
        part Setup.schema _.Setup
        part EnvironmentKeys.schema _.Environment

        part agent _.Agent

        part Schedule.schema _.Schedule
        part ReplayBuffer.schema _.ReplayBuffer
        part Logging.schema _.Logging

        without [] _.Unread
        without Provenance.none _.Provenance
    ]

/// The table of the library with additions.
let create added =
    let entries = Additions.catalogue added
    let agents = Catalogue.words entries
    let algorithms = entries |> List.map _.Algorithm
    let choices = choices agents (envs added.Environments)
    let surgery = List.map AddedMethod.guarded added.Surgery
    let models = List.map TaskModels.guarded added.Networks
    let schema = schemaOf choices (Agent.schema algorithms surgery models)

    let schema = {
        schema with
            Keys = schema.Keys |> List.map (AlgorithmSchema.withDefaultsOf algorithms)
    }

    {
        Added = added
        Catalogue = entries
        Agents = agents
        Algorithms = algorithms
        Families = FamilyRules.all @ added.Environments
        Models = models
        Choices = choices
        Schema = schema
        ByPath = schema.Keys |> List.map (fun key -> key.Path, key) |> Map.ofList
        Environment = Observed.environment
    }

/// The program's table.
let standard = create Additions.none

/// Every key once, in the order in which configurations are printed.
let keys table = table.Schema.Keys

let tryKey path table = Map.tryFind path table.ByPath

/// The last part of a key.
let last (path: string) =
    path.Substring(path.LastIndexOf '.' + 1)

/// Whether a key is below a path of the table, by their letters whatever the culture.
let isBelow (path: string) (key: string) =
    key.Length > path.Length
    && key[path.Length] = '.'
    && key.StartsWith(path, System.StringComparison.Ordinal)

/// Whether a key is at a path of the table, or below it.
let isAt path key = key = path || isBelow path key

/// Keys below a path of the table: "agent.actor" → its three keys.
let below path table =
    keys table |> List.filter (fun key -> isBelow path key.Path)

/// The key above a path, and the names from there on: entries of tables are no keys themselves.
let owner (path: string) table =
    [ path.Length - 1 .. -1 .. 0 ]
    |> List.filter (fun n -> path[n] = '.')
    |> List.tryPick (fun n ->
        tryKey path[.. n - 1] table
        |> Option.map (fun key -> key, path.Substring(n + 1).Split '.' |> List.ofArray))

/// Above the keys of groups: `env=x` sets `defaults.env`.
let private defaults = "defaults."

/// Short for the first seed and one seed; no key of the table.
let oneSeed = "setup.seed"

/// Words of a command line that are no keys of the table.
let shortWords = [ oneSeed; "preset" ]

/// The key of the first seed.
let firstSeed = "setup.seed_ref"

/// Where the original programs keep the scalars of agents within agents; and IMPALA's keys, which serve every on-policy agent.
let private moved = [
    "agent.impala.", "agent.on_policy."
    "agent.builder.agent_cfg.", "agent.builder."
    "agent.task_agent.agent_cfg.", "agent.builder."
]

/// Keys that mtrl's own tutorial writes one level too high, and other names of `agent.start`.
let misplaced = [
    "initialise_from", "agent.start"
    "initialize_from", "agent.start"

    for name in MultitaskKeys.encodingFlags do
        $"agent.multitask.{name}", $"agent.multitask.actor_cfg.{name}"
]

/// The full key of an abbreviated one.
let canonical (written: string) =
    match written, moved |> List.tryFind (fun (from, _) -> written.StartsWith from) with
    | ("setup" | "env" | "agent"), _ -> defaults + written
    | _, Some(from, into) -> into + written.Substring from.Length
    | _, None -> written

/// The key of the table that any spelling means: of the word of one seed, the first seed.
let full written =
    match misplaced |> List.tryFind (fst >> (=) written) with
    | Some(_, key) -> key
    | None when written = oneSeed -> firstSeed
    | None -> canonical written

/// How a key is written on the command line.
let written (path: string) =
    if path.StartsWith defaults then
        path.Substring defaults.Length
    else
        path

/// All that can be written before a value: short words, then the keys in their order.
let writable table =
    shortWords @ [ for key in keys table -> written key.Path ]

/// The suggested keys nearest to a wrong one, best first. At least half of the last part must agree, and differences in it
/// weigh most: people remember the last part of a key and forget the path to it.
let nearest isSuggested (wrong: string) table =
    let wrong = Truncate.text 120 wrong

    let isNear path =
        let path, wrong = last path, last wrong
        2 * Nearest.distance path wrong <= max path.Length wrong.Length

    let cost path =
        3 * Nearest.distance (last path) (last wrong) + Nearest.distance path wrong

    let ranked =
        writable table
        |> List.filter (fun path -> isNear path && isSuggested path)
        |> List.map (fun path -> cost path, path)
        |> List.sort

    match ranked with
    | [] -> []
    | (best, _) :: _ ->
        ranked
        |> List.takeWhile (fun (cost, _) -> cost <= best + best / 2)
        |> List.truncate 3
        |> List.map snd
