/// The catalogue of algorithms: from an experiment to its agent.
module MtrlFunctional.Experiments.Catalogue

open MtrlFunctional.Agents

/// The algorithms of the library. An algorithm is a file of `Experiments/Algorithms` and a line here.
[<CompiledName("Standard")>]
let standard: AlgorithmEntry list = [
    SacEntry.entry
    SacAeEntry.entry
    DeepMdpEntry.entry
    HipBmdpEntry.entry
    DistralEntry.entry
    PpoEntry.entry
    TrpoEntry.entry
    ImpalaEntry.entry
    Rl2Entry.entry
    MamlEntry.entry
]

/// Words of `agent=` of a catalogue; words for surgery stand last.
let internal words (entries: AlgorithmEntry list) =
    entries
    |> List.collect _.Algorithm.Words
    |> List.sortBy (fun word -> word.Surgery <> SurgeryWord.None)

/// The algorithm of the library for a word of `agent=`, to begin an own one from: "mtppo". Raises KeyNotFoundException for
/// another word.
let find word =
    standard
    |> List.find (fun entry ->
        entry.Algorithm.Words |> List.exists (fun choice -> choice.Name = word))

/// The entry of the algorithm of an experiment. Raises ArgumentException where none has it.
let internal entryOf entries (e: Experiment) =
    entries
    |> List.tryFind (fun entry -> AlgorithmSchema.serves e.Choices.Agent.Family entry.Algorithm)
    |> Option.defaultWith (fun () ->
        invalidArg (nameof e) $"The catalogue has no algorithm {e.Choices.Agent.Family.Name}.")

/// The agent of an experiment, by the entry of its algorithm.
/// Raises ArgumentException where no entry has it.
[<CompiledName("CreateFrom")>]
let createFrom (entries: AlgorithmEntry list) setting (e: Experiment) : AnyAgent =
    (entryOf entries e).Create setting e
