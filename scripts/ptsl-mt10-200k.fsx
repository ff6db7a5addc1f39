// The table of the PTSL paper for MT10 and 200,000 steps in each task, ten seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-mt10-200k.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "ptsl-mt10-200k"
        Title = "PTSL, MT10 (rewards v2; v1, normalised, with fidelity=original)"
        Rows = [
            "MT-SAC", "preset=ptsl/mt-sac-mt10"
            "Soft Modularization", "preset=ptsl/soft-modularization-mt10"
            "CARE", "preset=ptsl/care-mt10"
            "CARE-PTSL, 3 hidden layers", "preset=ptsl/care-ptsl-3-hidden-mt10"
            "CARE-PTSL, 2 hidden layers", "preset=ptsl/care-ptsl-2-hidden-mt10"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
