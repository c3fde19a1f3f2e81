/**
 * The configuration of OpenSSL that Easy-RSA looks for in a PKI, for PKIs that are made here; Easy-RSA sets the
 * variables. Where its own file has the same settings, they are what its commands depend on.
 */
export const OPENSSL_CONF = `# For Easy-RSA 3, which sets the variables of the environment that are used here.
[ ca ]
default_ca = CA_default

[ CA_default ]
dir              = $ENV::EASYRSA_PKI
certs            = $dir
crl_dir          = $dir
database         = $dir/index.txt
new_certs_dir    = $dir/certs_by_serial
certificate      = $dir/ca.crt
serial           = $dir/serial
crl              = $dir/crl.pem
private_key      = $dir/private/ca.key
RANDFILE         = $dir/.rand
x509_extensions  = basic_exts
crl_extensions   = crl_ext
default_days     = $ENV::EASYRSA_CERT_EXPIRE
default_crl_days = $ENV::EASYRSA_CRL_DAYS
default_md       = $ENV::EASYRSA_DIGEST
preserve         = no
unique_subject   = no
policy           = policy_anything

[ policy_anything ]
countryName            = optional
stateOrProvinceName    = optional
localityName           = optional
organizationName       = optional
organizationalUnitName = optional
commonName             = supplied
name                   = optional
emailAddress           = optional

[ req ]
default_bits       = $ENV::EASYRSA_KEY_SIZE
default_keyfile    = privkey.pem
default_md         = $ENV::EASYRSA_DIGEST
distinguished_name = $ENV::EASYRSA_DN
x509_extensions    = easyrsa_ca

[ cn_only ]
commonName         = Common Name
commonName_max     = 64
commonName_default = $ENV::EASYRSA_REQ_CN

[ org ]
countryName                    = Country Name (2 letters)
countryName_default            = $ENV::EASYRSA_REQ_COUNTRY
countryName_min                = 2
countryName_max                = 2
stateOrProvinceName            = State or Province Name
stateOrProvinceName_default    = $ENV::EASYRSA_REQ_PROVINCE
localityName                   = Locality Name
localityName_default           = $ENV::EASYRSA_REQ_CITY
0.organizationName             = Organization Name
0.organizationName_default     = $ENV::EASYRSA_REQ_ORG
organizationalUnitName         = Organizational Unit Name
organizationalUnitName_default = $ENV::EASYRSA_REQ_OU
commonName                     = Common Name
commonName_max                 = 64
commonName_default             = $ENV::EASYRSA_REQ_CN
emailAddress                   = Email Address
emailAddress_default           = $ENV::EASYRSA_REQ_EMAIL
emailAddress_max               = 64

[ basic_exts ]
basicConstraints       = CA:FALSE
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid,issuer:always

[ easyrsa_ca ]
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid:always,issuer:always
basicConstraints       = CA:true
keyUsage               = cRLSign, keyCertSign

[ crl_ext ]
authorityKeyIdentifier = keyid:always,issuer:always
`;
