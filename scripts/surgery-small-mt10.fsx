// Gradient surgery against none: the small MT-SAC on MT10, 40,000 steps in each task, three seeds, the
// same for every row. Results: docs/guides/gradient-surgery.md.
//
//   ./mtrl build
//   dotnet fsi scripts/surgery-small-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

let row method =
    $"preset=small/mt-sac-mt10 agent.surgery.method={method} setup.name=surgery-{method}-small-mt10"

PaperTable.run
    {
        Name = "surgery-small-mt10"
        Title = "Gradient surgery, MT10, small"
        Rows = [ "no surgery", row "none"; "PCGrad", row "pcgrad"; "CAGrad", row "cagrad" ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
