// Gradient surgery against none: the MT-PPO that solves MT10 in 15 million steps, after 2.5 million
// steps. Results: docs/guides/gradient-surgery.md.
//
//   ./mtrl build
//   dotnet fsi scripts/surgery-fast-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

let row method =
    $"preset=fast/mt10 agent.surgery.method={method} setup.name=surgery-{method}-fast-mt10 experiment.num_train_steps=250000"

PaperTable.run
    {
        Name = "surgery-fast-mt10"
        Title = "Gradient surgery, MT10, MT-PPO"
        Rows = [ "no surgery", row "none"; "PCGrad", row "pcgrad"; "CAGrad", row "cagrad" ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
