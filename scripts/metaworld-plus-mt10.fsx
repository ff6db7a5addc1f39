// The rows of the PTSL paper, and separate heads, with the settings of Meta-World+ (rewards v2, 500 steps
// an episode, goals drawn anew): MT10, 2,000,000 steps in each task, five seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/metaworld-plus-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "metaworld-plus-mt10"
        Title = "Meta-World+, MT10"
        Rows = [
            "multi-head MT-SAC", "preset=metaworld-plus/multi-head-mt10"
            "MT-SAC", "preset=metaworld-plus/mt-sac-mt10"
            "Soft Modularization", "preset=metaworld-plus/soft-modularization-mt10"
            "CARE", "preset=metaworld-plus/care-mt10"
            "CARE-PTSL, 3 hidden layers", "preset=metaworld-plus/care-ptsl-3-hidden-mt10"
            "CARE-PTSL, 2 hidden layers", "preset=metaworld-plus/care-ptsl-2-hidden-mt10"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
