// The table of the PTSL paper for MT10 and 1,000,000 steps in each task, four seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-mt10-1m.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "ptsl-mt10-1m"
        Title = "PTSL, MT10 (rewards v2; v1, normalised, with fidelity=original)"
        Rows = [
            "MT-SAC", "preset=ptsl/mt-sac-mt10-1m"
            "Soft Modularization", "preset=ptsl/soft-modularization-mt10-1m"
            "CARE", "preset=ptsl/care-mt10-1m"
            "CARE-PTSL, 3 hidden layers", "preset=ptsl/care-ptsl-3-hidden-mt10-1m"
            "CARE-PTSL, 2 hidden layers", "preset=ptsl/care-ptsl-2-hidden-mt10-1m"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
