namespace MtrlFunctional.Experiments

open System

/// The origin of a key's value.
[<RequireQualifiedAccess>]
type OriginSource =
    /// A word of the command line.
    | CommandLine
    /// `preset=name`.
    | Preset of name: string
    /// The defaults of these groups: "env=metaworld-mt10".
    | Groups of words: string list
    /// Filled in after all words, from other values: "the number of env.tasks".
    | Derived of from: string
    | Default

/// Where the value of a key comes from.
type Origin = {
    Source: OriginSource
    /// The reference to another key that gives the value, if there is one: "${agent.actor}".
    Reference: string option
} with

    /// "command line", "preset ptsl/care-mt10", "fidelity=original", "${agent.actor.hidden_dim}".
    override this.ToString() =
        let source =
            match this.Source with
            | OriginSource.CommandLine -> "command line"
            | OriginSource.Preset name -> $"preset {name}"
            | OriginSource.Groups words -> String.Join(", ", words)
            | OriginSource.Derived from -> from
            | OriginSource.Default -> "default"

        match this.Source, this.Reference with
        | _, None -> source
        | OriginSource.Default, Some reference -> reference
        | _, Some reference -> $"{source}: {reference}"

/// Where values come from.
module internal Origin =
    let private referenceIn value =
        match value with
        | _ when not (Scalar.texts value |> List.exists _.Contains("${")) -> None
        | Value.Text text -> Some text
        | value -> Some(ValueText.print value)

    /// The choices with another word of a group: each group with its words and what they choose.
    let others agents (choices: Choices) = [
        "setup", [ for name, setup in Choices.setups -> name, { choices with Setup = setup } ]
        "env", [ for env in EnvChoice.all -> env.Name, { choices with Env = env } ]
        "agent",
        [
            for agent: AgentChoice in agents -> agent.Name, { choices with Agent = agent }
        ]
        "fidelity",
        [
            for name, fidelity in Choices.fidelities -> name, { choices with Fidelity = fidelity }
        ]
    ]

    /// The words of the groups that the default of a key follows.
    let private groupsOf agents choices =
        let groups = List.zip (Choices.words choices) (others agents choices)

        fun (key: Key) -> [
            if key.FollowsChoices then
                let standard = key.Default choices

                for (group, word), (_, others) in groups do
                    if others |> List.exists (fun (_, other) -> key.Default other <> standard) then
                        $"{group}={word}"
        ]

    /// The origins of keys that were not set.
    let ofDefault agents choices =
        let groups = groupsOf agents choices

        fun (key: Key) -> {
            Source =
                match groups key with
                | [] -> OriginSource.Default
                | words -> OriginSource.Groups words
            Reference = referenceIn (key.Default choices)
        }

    /// The source of a word.
    let ofGiver =
        function
        | Giver.Preset name -> OriginSource.Preset name
        | Giver.Hand
        | Giver.Stored -> OriginSource.CommandLine

    /// The origin of a key that was given.
    let ofGiven source value = { Source = source; Reference = referenceIn value }
