/// The words of evaluations: which goals, and episodes to learn from.
module MtrlFunctional.Cli.Training.EvaluationWords

open System
open MtrlFunctional
open MtrlFunctional.Spaces
open MtrlFunctional.Training

let private largest = 10_000

/// "unseen" or "unseen:N", and the seed of --goal-seed.
let unseenGoals (which: string) (seed: int64 option) =
    let count =
        match which.Split(':', 2) with
        | [| "unseen" |] -> Some MtrlFunctional.Tasks.Goals.count
        | [| "unseen"; count |] ->
            match Int32.TryParse count with
            | true, count when 1 <= count && count <= largest -> Some count
            | _ -> None
        | _ -> None

    match count, seed with
    | None, _ ->
        refuse
            $"""--goals {which}: must be train, unseen, or unseen:N with a number of goals of each task, from 1 to 10,000.{Nearest.hint [ "train"; "unseen" ] which}"""
    | Some _, Some seed when seed < 0L || seed > int64 UInt32.MaxValue ->
        refuse $"--goal-seed {seed}: must be from 0 to {UInt32.MaxValue}."
    | Some count, seed -> UnseenGoals(count, seed |> Option.map uint32 |> Option.toNullable)

/// Episodes of exploration, and those that count: "10,3".
let trial (words: string) : Trial =
    let trial =
        match words.Split(',', StringSplitOptions.TrimEntries) |> Array.map Int32.TryParse with
        | [| true, exploration; true, counted |] ->
            Some { Episodes = exploration + counted; Exploration = exploration }
        | _ -> None

    match trial with
    | Some trial when Trial.canBePlayed trial -> trial
    | _ ->
        refuse
            $"--trial {words}: must be a number of episodes of exploration and one of episodes that count, at least 1, together at most 1,000: --trial 10,3."

let private actors = [
    "trained", EvaluationActor.Trained
    "expert", EvaluationActor.ScriptedExpert
    "random", EvaluationActor.RandomActions
]

let actorName (actor: EvaluationActor) =
    actors |> List.find (snd >> (=) actor) |> fst

/// What a word of --actor names.
let actorOf word = oneOf actors "--actor" word

let private methods = [
    "finetune", AdaptationMethod.Finetune
    "theta", AdaptationMethod.Theta
    "context", AdaptationMethod.Context
    "search", AdaptationMethod.Search
]

/// The words of --adapt.
let methodNames = List.map fst methods

/// The word of --adapt for none of them.
let private noMethod = "none"

/// "finetune, theta or context".
let private anyMethod =
    let others, last = List.splitAt (methodNames.Length - 1) methodNames
    let others = String.concat ", " others
    $"{others} or {last.Head}"

let methodName (method': AdaptationMethod) =
    methods |> List.find (snd >> (=) method') |> fst

let private methodOf (word: string) =
    match methods |> List.tryFind (fst >> (=) word) with
    | Some(_, method') -> method'
    | None ->
        refuse
            $"--adapt {word}: must be {noMethod}, {anyMethod}.{Nearest.hint (noMethod :: methodNames) word}"

/// Numbers of episodes with commas between them.
let private shots (words: string) = [
    for word in words.Split(',', StringSplitOptions.TrimEntries) do
        match Int32.TryParse word with
        | true, count when 0 <= count && count <= largest -> count
        | _ ->
            refuse
                $"--shots {words}: '{word}' must be a number of episodes of each task, from 0 to 10,000; several with commas between them."
]

/// Whether a word of --adapt names a method.
let adapts (word: string) = word <> noMethod

/// The adaptation of --adapt and --shots, if there is one.
let adaptation (method': string option) (episodes: string option) =
    match method', episodes with
    | None, None -> None
    | Some word, None when not (adapts word) -> None
    | Some word, Some words when not (adapts word) ->
        if List.forall ((=) 0) (shots words) then
            None
        else
            refuse
                $"--adapt {word}: nothing learns from the episodes of --shots {words}; give --shots 0, or --adapt {anyMethod}."
    | Some word, Some words -> Some(Adaptation(methodOf word, List.distinct (shots words)))
    | Some word, None ->
        refuse
            $"--adapt {word}: from how many episodes of each task? Add --shots, e.g. --shots 0,10."
    | None, Some words ->
        refuse
            $"--shots {words}: shots are episodes that the policy learns from; add --adapt {anyMethod}."
