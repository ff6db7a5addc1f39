/// The page docs/reference/differences.md, which says what each switch between the two behaviours does.
module MtrlFunctional.Experiments.Differences

open System.IO

/// The page. A test compares it with the keys.
let page =
    use text =
        typeof<Fidelity>.Assembly.GetManifestResourceStream "differences.md" |> nonNull

    use reader = new StreamReader(text)
    reader.ReadToEnd()

/// The words of a line such as "- corrected (`true`): The observation ends with a one-hot task id."
let private said (line: string) = line.Substring(line.IndexOf "): " + 3)

let private switches =
    Map [
        for section in Seq.tail (page.Split "\n### ") do
            let lines = section.Split '\n'
            lines[0].Trim '`', (said lines[2], said lines[3])
    ]

/// What a switch does: in the original programs, and corrected or in the form of its paper.
let internal ofSwitch path = Map.find path switches
