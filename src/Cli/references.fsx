// The libraries beside this file, for scripts: #load "references.fsx".
#r "TorchSharp.dll"
#r "MtrlFunctional.Policies.dll"
#r "MtrlFunctional.Kernels.dll"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"
#r "MtrlFunctional.Cadm.dll"
#r "mtrl.dll"
