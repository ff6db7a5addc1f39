// The rows of the PTSL paper, and separate heads, with the settings of Meta-World+ (rewards v2, 500 steps
// an episode, goals drawn anew): MT50, 2,000,000 steps in each task, five seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/metaworld-plus-mt50.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "metaworld-plus-mt50"
        Title = "Meta-World+, MT50"
        Rows = [
            "multi-head MT-SAC", "preset=metaworld-plus/multi-head-mt50"
            "MT-SAC", "preset=metaworld-plus/mt-sac-mt50"
            "Soft Modularization", "preset=metaworld-plus/soft-modularization-mt50"
            "CARE", "preset=metaworld-plus/care-mt50"
            "CARE-PTSL, 3 hidden layers", "preset=metaworld-plus/care-ptsl-3-hidden-mt50"
            "CARE-PTSL, 2 hidden layers", "preset=metaworld-plus/care-ptsl-2-hidden-mt50"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
