// The comparison of the PTSL paper at a third of its width, in hours instead of weeks: MT10, 40,000
// steps in each task, three seeds. Results: docs/results.md.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-small-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Cli.Training

PaperTable.run
    {
        Name = "ptsl-small-mt10"
        Title = "PTSL, MT10, small, rewards v2"
        Rows = [
            "MT-SAC", "preset=small/mt-sac-mt10"
            "CARE", "preset=small/care-mt10"
            "CARE-PTSL", "preset=small/care-ptsl-mt10"
            "CARE-PTSL, original start", "preset=small/care-ptsl-original-start-mt10"
        ]
    }
    (List.tail (List.ofArray fsi.CommandLineArgs))
|> exit
