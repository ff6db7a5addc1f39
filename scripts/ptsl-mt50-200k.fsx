// The table of the PTSL paper for MT50 and 200,000 steps in each task, ten seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-mt50-200k.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "ptsl-mt50-200k"
        Title = "PTSL, MT50 (rewards v2; v1, normalised, with fidelity=original)"
        Rows = [
            "MT-SAC", "preset=ptsl/mt-sac-mt50"
            "Soft Modularization", "preset=ptsl/soft-modularization-mt50"
            "CARE", "preset=ptsl/care-mt50"
            "CARE-PTSL, 3 hidden layers", "preset=ptsl/care-ptsl-3-hidden-mt50"
            "CARE-PTSL, 2 hidden layers", "preset=ptsl/care-ptsl-2-hidden-mt50"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
