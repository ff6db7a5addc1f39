namespace MtrlFunctional.Experiments

/// Duration and result of a measured run of a preset; docs/results.md has the machine and the commands.
type Measured = {
    /// "35 min".
    Duration: string
    /// "MT10: 100 % of 500 goals".
    Result: string
}

/// An experiment by name: `preset=name` stands for its words.
type Preset = {
    /// "ptsl/care-mt10": source, then row and tasks. Its runs have a folder of the same name.
    Name: string
    /// Description of the experiment, a sentence without the preset's name.
    About: string
    /// Overrides, in order.
    Words: string list
    /// How many seeds the figures of its source are means over; a run trains one unless
    /// `setup.num_seeds` is given.
    Seeds: int
    /// Of one seed; none: not run here to its end.
    Measured: Measured option
}

/// Making presets.
module Preset =
    /// A preset that was not run here, with the words of its folder and first seed before its own.
    [<CompiledName("Create")>]
    let create name about seeds words = {
        Name = name
        About = about
        Words =
            [
                "setup.seed_ref=1"
                let folder = name.Replace('/', '-')
                $"setup.name={folder}"
            ]
            @ words
        Seeds = seeds
        Measured = None
    }

    /// The words of a line: "agent.actor: hidden_dim=64 num_layers=2" names a path before its words, "env=mt-bandit
    /// agent=rl2" has whole words.
    let private wordsOf (line: string) =
        match line.Split ": " with
        | [| path; words |] -> [ for word in words.Split ' ' -> $"{path}.{word}" ]
        | _ -> List.ofArray (line.Split ' ')

    /// A preset of the library, by lines of words.
    let internal ofLines name seeds lines about =
        create name about seeds (List.collect wordsOf lines)

    /// A preset with the duration and the result of a run.
    [<CompiledName("Measured")>]
    let measured duration result preset = {
        preset with
            Measured = Some { Duration = duration; Result = result }
    }
