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
    let rec private refers =
        function
        | Value.Text text -> text.Contains "${"
        | Value.List values -> List.exists refers values
        | Value.Table entries -> entries |> List.exists (snd >> refers)
        | _ -> false

    let private referenceIn value =
        match value with
        | Value.Text text when refers value -> Some text
        | _ when refers value -> Some(ValueText.print value)
        | _ -> None

    /// The groups whose words the default of a key follows.
    let private groupsOf agents (choices: Choices) =
        let group word current others choose =
            let others = others |> List.map choose

            fun (key: Key) ->
                let standard = key.Default choices

                if others |> List.exists (fun other -> key.Default other <> standard) then
                    [ $"{word}={current}" ]
                else
                    []

        let named word names current choose =
            group word (Choices.nameOf names current) (List.map snd names) choose

        let groups = [
            named "setup" Choices.setups choices.Setup (fun s -> { choices with Setup = s })
            group "env" choices.Env.Name EnvChoice.all (fun e -> { choices with Env = e })
            group "agent" choices.Agent.Name agents (fun a -> { choices with Agent = a })
            named "fidelity" Choices.fidelities choices.Fidelity (fun f -> {
                choices with
                    Fidelity = f
            })
        ]

        fun (key: Key) ->
            if key.FollowsChoices then
                groups |> List.collect (fun wordsOf -> wordsOf key)
            else
                []

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
