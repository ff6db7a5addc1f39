module MtrlFunctional.Tests.Networks.DiagramTests

open Expecto
open MtrlFunctional.Networks

let ``a diagram`` = [
    let column spec : Diagram.Column = {
        Title = "critic"
        Input = "observation of 5"
        Parts = Network.parts "" { Tasks = 3; Features = 5; Context = 0 } spec
    }

    let fixedRows = { Source = "sentences"; Width = 4; Numbers = Array.zeroCreate 12 }

    let gate: Gate = {
        Table = None
        Hidden = [ 6 ]
        Temperature = 1.0
        TopK = Some 2
        Detach = false
    }

    let columns = [
        column (
            WithTaskEncoder.layer
                (Chain.layer [ "embedding", TaskTable.fixedRows fixedRows; "trunk", Spec.mlp 1 6 8 ])
                (Chain.layer [
                    "experts",
                    Experts.layer {
                        Experts = 4
                        Expert = Spec.layers 1 6 6
                        Selection = Gated gate
                    }
                    "relu", Activate.layer Relu
                    "context", AppendContext.layer
                    "head", PerTask.layer (Spec.layers 0 0 2)
                ])
        )
    ]

    testCase "has a line for each part, with its description and its parameters" (fun () ->
        let expected = [
            "critic: observation of 5"
            "  ↓ task_encoder/embedding  a fixed embedding of each task: sentences  12 fixed parameters"
            "  ↓ task_encoder/trunk  4 → 6 → 8  86 parameters"
            "  ↓ experts  4 experts 5 → 6 → 6, weighted by the task encoding, top 2  394 parameters"
            "  ↓ relu  ReLU"
            "  ↓ context  followed by the task encoding of 8"
            "  ↓ head  for each of 3 tasks: 14 → 2  90 parameters"
        ]

        // Columns are aligned by spaces.
        let lines = [
            for line in (Diagram.text columns).Trim().Split '\n' ->
                System.Text.RegularExpressions.Regex.Replace(line, "(?<=\S) {2,}", "  ")
        ]

        lines |> equals expected)

    testCase "as SVG has a box for each part" (fun () ->
        let drawn = System.Xml.Linq.XDocument.Parse(Diagram.svg columns)

        let elements name =
            drawn.Descendants() |> Seq.filter (fun e -> e.Name.LocalName = name)

        let texts = elements "text" |> Seq.map _.Value |> Seq.toList
        Seq.length (elements "rect") |> equals columns.Head.Parts.Length
        texts |> includes "task_encoder/embedding: 12 fixed parameters"
        texts |> includes "relu")

    let paths columns =
        let drawn = System.Xml.Linq.XDocument.Parse(Diagram.svg columns)

        [
            for e in drawn.Descendants() do
                match e.Attribute(System.Xml.Linq.XName.Get "marker-end") with
                | null -> ()
                | tip -> tip.Value
        ]

    let number tip columns =
        paths columns |> List.filter ((=) $"url(#{tip})") |> List.length

    testCase
        "has an arrow to each part, and one of the task encoding to each part that depends on it"
        (fun () ->
            number "tip" columns |> equals columns.Head.Parts.Length
            // The mixture and the appended context.
            number "task-tip" columns |> equals 2)

    testCase "draws the branches of the tasks beside the shared layers" (fun () ->
        let projected =
            Projected.layer {
                Shared = Spec.layers 1 6 6
                Rank = 2
                SharedProjections = true
                Residual = NoResidual
                Start = ZeroLastMap
            }

        let drawn = Diagram.svg [ column projected ]
        drawn |> contains "branch of each of"
        drawn |> contains "3 tasks: rank 2"
        // Into the part, into the branch, and from both to the sum.
        number "tip" [ column projected ] |> equals 4)
]
